-- payment.refund_end(refund, state, code, ref): what became of it: succeeded; unknown, which holds the payment until the processor
-- has been asked, and code says why; in_flight: the processor has it and will tell; failed, and payment.refund_undo goes
-- with it. Of what is over only one thing is still news: money that had arrived and came back.
-- requires: job.emit
CREATE OR REPLACE FUNCTION payment.refund_end(p_refund uuid, p_state text, p_code text, p_ref text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v payment.refund;
    v_unknown boolean := p_state = 'unknown';
BEGIN
    UPDATE payment.refund r
       SET state = p_state, failure_code = CASE WHEN p_state = 'failed' THEN p_code END,
           processor_ref = coalesce(p_ref, r.processor_ref),
           unknown_at = CASE WHEN v_unknown THEN coalesce(r.unknown_at, clock_timestamp()) END,
           unknown_times = r.unknown_times + v_unknown::integer,
           unknown_reason = CASE WHEN v_unknown THEN coalesce(p_code, 'lost') END,
           succeeded_at = CASE WHEN p_state = 'succeeded' THEN clock_timestamp() ELSE r.succeeded_at END,
           failed_at = CASE WHEN p_state = 'failed' THEN clock_timestamp() END
     WHERE r.tenant_id = base.tenant_id() AND r.id = p_refund
       AND (r.state IN ('new', 'in_flight', 'unknown') OR (r.state = 'succeeded' AND p_state = 'failed' AND r.processor IS NOT NULL))
    RETURNING * INTO v;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'The refund is over already.');
    END IF;
    PERFORM job.emit('refund.' || CASE p_state WHEN 'in_flight' THEN 'updated' ELSE p_state END, 'refund', p_refund,
        jsonb_build_object('payment_id', v.payment_id, 'account_id', v.account_id, 'invoice_id', v.invoice_id, 'amount', v.amount,
            'currency', v.currency, 'failure_code', v.failure_code, 'processor_ref', v.processor_ref), v.version);
END
$$;

GRANT EXECUTE ON FUNCTION payment.refund_end(uuid, text, text, text) TO billfold_paymentd;
