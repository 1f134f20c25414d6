-- collect.put_off(invoice, at): the try that is due waits for another day of the plan.
-- requires: job.schedule_put
CREATE OR REPLACE FUNCTION collect.put_off(p_invoice uuid, p_at timestamptz) RETURNS void
LANGUAGE sql AS $$
    SELECT job.schedule_put('retry_charge', 'invoice:' || p_invoice, p_at, jsonb_build_object('invoice_id', p_invoice))
$$;

GRANT EXECUTE ON FUNCTION collect.put_off(uuid, timestamptz) TO billfold_paymentd;
