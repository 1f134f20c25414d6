-- payment.refund_known(payment, key, ref): the refund of a payment that a processor's is: by our own id in it, else by the
-- processor's. No row: it is none that we count on: somebody made it there, or we had given it up because the processor
-- knew nothing of it, and put its money back.
CREATE OR REPLACE FUNCTION payment.refund_known(p_payment uuid, p_key uuid, p_ref text)
RETURNS TABLE (id uuid, state text, amount bigint)
LANGUAGE sql STABLE AS $$
    SELECT r.id, r.state, r.amount FROM payment.refund r
     WHERE r.tenant_id = base.tenant_id() AND r.payment_id = p_payment
       AND (r.processor_ref = p_ref OR (r.id = p_key AND NOT (r.state = 'failed' AND r.processor_ref IS NULL)))
     ORDER BY r.id = p_key DESC NULLS LAST LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION payment.refund_known(uuid, uuid, text) TO billfold_paymentd;
