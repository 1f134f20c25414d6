-- payment.attempt_processing(attempt, ref): the payer's bank has it, and may take days: the invoice says how much is under way, takes no other
-- attempt, and nobody is reminded of it meanwhile. Told again, nothing changes. What is over stays so: raises ZBSTA.
-- requires: job.emit
CREATE FUNCTION payment.attempt_processing(p_attempt uuid, p_ref text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v payment.attempt;
    v_known boolean;
BEGIN
    SELECT * INTO v FROM payment.attempt a WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt FOR UPDATE;
    v_known := v.processing_at IS NOT NULL;
    UPDATE payment.attempt a
       SET state = 'in_flight', processing_at = coalesce(a.processing_at, clock_timestamp()),
           processor_ref = coalesce(p_ref, a.processor_ref), page_url = NULL, unknown_at = NULL, unknown_reason = NULL
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt AND a.state IN ('new', 'in_flight', 'unknown')
    RETURNING * INTO v;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'The attempt is over already.');
    END IF;
    PERFORM job.emit('payment_attempt.' || CASE WHEN v_known THEN 'updated' ELSE 'processing' END, 'payment_attempt', p_attempt,
        jsonb_build_object('invoice_id', v.invoice_id, 'account_id', v.account_id, 'amount', v.amount, 'currency', v.currency,
            'processor_ref', v.processor_ref));
    IF NOT v_known THEN
        UPDATE billing.invoice i SET amount_processing = v.amount WHERE i.tenant_id = v.tenant_id AND i.id = v.invoice_id;
        PERFORM job.emit('invoice.payment_processing', 'invoice', v.invoice_id, jsonb_build_object('account_id', v.account_id,
            'attempt_id', v.id, 'amount', v.amount, 'currency', v.currency));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_processing(uuid, text) TO billfold_paymentd;
