-- collect.release(invoice, plan from, paused, next try, next step, its name): what was held or handed over goes on by itself, as C has
-- decided: the plan of tries where it stood still, reminders with the next that is still ahead. Raises ZB404, or ZBSTA when the
-- case is not quiet.
-- requires: job.schedule_put, job.emit, collect.plan
CREATE OR REPLACE FUNCTION collect.release(p_invoice uuid, p_plan_from date, p_paused date, p_try timestamptz,
    p_at timestamptz, p_step text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    d collect.dunning;
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice FOR UPDATE;
    SELECT * INTO d FROM collect.dunning x WHERE x.tenant_id = base.tenant_id() AND x.invoice_id = p_invoice FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'The invoice has no case.');
    ELSIF d.state NOT IN ('held', 'handed_over') THEN
        PERFORM base.raise('ZBSTA', format('The case is %s; it is neither held nor handed over.', d.state), '/state',
            'wrong_state');
    END IF;
    UPDATE collect.dunning x SET state = 'active', plan_from = p_plan_from, paused_on = p_paused, hold_reason = NULL
     WHERE x.tenant_id = base.tenant_id() AND x.id = d.id;
    IF p_try IS NOT NULL THEN
        PERFORM job.schedule_put('retry_charge', 'invoice:' || p_invoice, p_try, jsonb_build_object('invoice_id', p_invoice));
    END IF;
    PERFORM collect.plan(ARRAY[p_invoice], ARRAY[p_at], ARRAY[p_at], ARRAY[p_step]);
    PERFORM job.emit('dunning.released', 'dunning', d.id, jsonb_build_object('invoice_id', p_invoice,
        'account_id', d.account_id, 'was', d.state, 'state', 'active'));
END
$$;

GRANT EXECUTE ON FUNCTION collect.release(uuid, date, date, timestamptz, timestamptz, text) TO billfold_api;
