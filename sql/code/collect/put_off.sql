-- collect.put_off(invoice, at): the try that is due waits for another day of the plan, while something is due.
-- requires: job.schedule_put
CREATE OR REPLACE FUNCTION collect.put_off(p_invoice uuid, p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice AND i.amount_due > 0 FOR UPDATE;
    IF FOUND AND EXISTS (SELECT FROM collect.dunning d WHERE d.tenant_id = base.tenant_id() AND d.invoice_id = p_invoice
                            AND d.state = 'active' AND d.paused_on IS NULL) THEN
        PERFORM job.schedule_put('retry_charge', 'invoice:' || p_invoice, p_at, jsonb_build_object('invoice_id', p_invoice));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION collect.put_off(uuid, timestamptz) TO billfold_paymentd;
