-- collect.resume(invoice, plan from, next): the plan of an active case goes on where it stood still, with its next try at p_next; C has
-- decided. Nothing when it does not stand still any more.
-- requires: job.schedule_put, job.emit
CREATE OR REPLACE FUNCTION collect.resume(p_invoice uuid, p_plan_from date, p_next timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v uuid;
BEGIN
    PERFORM 1 FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice AND i.amount_due > 0 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE collect.dunning d SET plan_from = p_plan_from, paused_on = NULL
     WHERE d.tenant_id = base.tenant_id() AND d.invoice_id = p_invoice AND d.state = 'active' AND d.paused_on IS NOT NULL
    RETURNING d.id INTO v;
    IF FOUND THEN
        PERFORM job.schedule_put('retry_charge', 'invoice:' || p_invoice, p_next, jsonb_build_object('invoice_id', p_invoice));
        PERFORM job.emit('dunning.resumed', 'dunning', v, jsonb_build_object('invoice_id', p_invoice, 'state', 'active',
            'next_attempt_at', p_next));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION collect.resume(uuid, date, timestamptz) TO billfold_paymentd;
