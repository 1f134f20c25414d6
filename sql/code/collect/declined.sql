-- collect.declined(...): a charge was declined: the case is opened or brought up to date, its owner has one open task, and as C has
-- decided the next try is planned ('retry', at p_next; the plan counts from p_plan_from), the plan waits for a method from today on
-- ('wait'), or a person takes over ('hand_over'). The payer is told once for each decline that is not the last. A case that is held or handed over stays quiet.
-- The caller holds the account, as who gives it a method does: of the two the second sees what the first did.
-- requires: collect.case_open, collect.hand_over, collect.tell_owner, collect.recipients, collect.method_changed
-- requires: job.schedule_put, job.schedule_drop, document.deliver, job.emit, tenant.module_on
CREATE OR REPLACE FUNCTION collect.declined(p_attempt uuid, p_invoice uuid, p_policy uuid, p_hard boolean, p_code text,
    p_outcome text, p_plan_from date, p_next timestamptz, p_next_day date, p_today date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
    d collect.dunning;
    v_quiet boolean;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice FOR UPDATE;
    IF v.amount_due = 0 OR NOT tenant.module_on('collection') THEN
        RETURN; -- paid in another way meanwhile, or nobody wants to know
    END IF;
    d := collect.case_open(v, p_policy);
    v_quiet := d.state IN ('held', 'handed_over');
    UPDATE collect.dunning x
       SET declines = x.declines + 1, step = 'decline:' || x.declines + 1,
           first_declined_on = coalesce(x.first_declined_on, p_today),
           plan_from = CASE WHEN v_quiet THEN coalesce(x.plan_from, p_plan_from) ELSE p_plan_from END,
           paused_on = CASE WHEN v_quiet THEN x.paused_on WHEN p_outcome <> 'retry' THEN p_today END,
           stopped = x.stopped OR p_hard,
           stopped_method_id = CASE WHEN p_hard THEN (SELECT m.id FROM payment.method m WHERE m.tenant_id = v.tenant_id
               AND m.account_id = v.account_id AND m.is_default AND m.state = 'active') ELSE x.stopped_method_id END
     WHERE x.tenant_id = v.tenant_id AND x.id = d.id
    RETURNING * INTO d;
    PERFORM job.emit('dunning.updated', 'dunning', d.id, jsonb_build_object('invoice_id', p_invoice,
        'account_id', v.account_id, 'state', d.state, 'step', d.step, 'attempt_id', p_attempt, 'decline_code', p_code,
        'next_attempt_at', p_next));
    IF NOT v_quiet AND p_outcome = 'hand_over' THEN
        PERFORM collect.hand_over(p_invoice, p_today);
    ELSIF NOT v_quiet THEN
        IF p_outcome = 'retry' THEN
            PERFORM job.schedule_put('retry_charge', 'invoice:' || p_invoice, p_next, jsonb_build_object('invoice_id', p_invoice));
        ELSE
            PERFORM job.schedule_drop('retry_charge', 'invoice:' || p_invoice);
            PERFORM collect.method_changed(v.account_id);
        END IF;
        PERFORM document.deliver('invoice', p_invoice, 'payment_failed:' || d.declines, 'payment_failed', r.email, r.name,
            jsonb_strip_nulls(jsonb_build_object('next_try', p_next_day)))
           FROM collect.recipients(p_invoice) r;
    END IF;
    PERFORM collect.tell_owner(p_invoice, p_code);
END
$$;

GRANT EXECUTE ON FUNCTION collect.declined(uuid, uuid, uuid, boolean, text, text, date, timestamptz, date, date)
    TO billfold_paymentd;
