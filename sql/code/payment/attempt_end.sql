-- payment.attempt_end(attempt, state, class, code, ref): what became of it: succeeded, declined, or unknown, which holds
-- the invoice until the processor has been asked. A known outcome is never taken back here. A token that was
-- only for this attempt is forgotten with it; a hard decline ends the use of the method.
-- requires: job.emit
CREATE OR REPLACE FUNCTION payment.attempt_end(p_attempt uuid, p_state text, p_class text, p_code text, p_ref text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v payment.attempt;
BEGIN
    UPDATE payment.attempt a
       SET state = p_state, decline_class = p_class, decline_code = p_code,
           processor_ref = coalesce(p_ref, a.processor_ref),
           token_sealed = CASE WHEN p_state = 'unknown' THEN a.token_sealed END,
           resolved_at = CASE WHEN p_state <> 'unknown' THEN clock_timestamp() END
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt AND a.state IN ('new', 'in_flight', 'unknown')
    RETURNING * INTO v;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'The attempt is over already.');
    END IF;
    IF p_class = 'hard' AND v.method_id IS NOT NULL THEN
        UPDATE payment.method m SET state = 'declined', is_default = false
         WHERE m.tenant_id = base.tenant_id() AND m.id = v.method_id AND m.state = 'active';
    END IF;
    PERFORM job.emit('payment_attempt.' || p_state, 'payment_attempt', p_attempt, jsonb_build_object(
        'invoice_id', v.invoice_id, 'account_id', v.account_id, 'amount', v.amount, 'currency', v.currency,
        'decline_class', p_class, 'decline_code', p_code));
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_end(uuid, text, text, text, text) TO billfold_paymentd;
