-- collect.declined(...): a charge was declined: the case is opened or brought up to date, the owner has one open task for
-- it, the payer is told once for each decline, and the next try is planned; p_next NULL: there is none, and the case
-- is in the hands of the task's owner. C has decided when.
-- requires: crm.task_raise, job.schedule_put, document.deliver, job.emit
CREATE OR REPLACE FUNCTION collect.declined(p_attempt uuid, p_invoice uuid, p_policy uuid, p_today date, p_next timestamptz,
    p_owner uuid, p_code text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
    v_declines integer;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice FOR UPDATE;
    INSERT INTO collect.dunning AS d (id, invoice_id, account_id, policy_id, state, declines, first_declined_on,
        next_action_at, owner_id)
    VALUES (base.new_id(), p_invoice, v.account_id, p_policy, CASE WHEN p_next IS NULL THEN 'handed_over' ELSE 'active' END,
        1, p_today, p_next, p_owner)
    ON CONFLICT (tenant_id, invoice_id) DO UPDATE
       SET state = CASE WHEN d.state = 'held' THEN 'held' ELSE excluded.state END, declines = d.declines + 1,
           first_declined_on = CASE WHEN d.state = 'resolved' THEN excluded.first_declined_on
               ELSE coalesce(d.first_declined_on, excluded.first_declined_on) END,
           next_action_at = excluded.next_action_at, owner_id = excluded.owner_id
    RETURNING d.declines INTO v_declines;
    PERFORM crm.task_raise(base.new_id(), 'payment_failed:' || p_invoice, 'payment_failed',
        format('Payment of %s was declined', v.number),
        format('Declined %s time(s), last with %s.%s', v_declines, p_code,
            CASE WHEN p_next IS NULL THEN ' There will be no further automatic attempt.' ELSE '' END),
        p_today + 1, p_owner, v.account_id, v.deal_id, p_invoice);
    IF p_next IS NOT NULL THEN
        PERFORM job.schedule_put('retry_charge', 'invoice:' || p_invoice, p_next, jsonb_build_object('invoice_id', p_invoice));
    END IF;
    IF v.contact ->> 'email' IS NOT NULL THEN
        PERFORM document.deliver('invoice', p_invoice, 'payment_failed:' || v_declines, 'payment_failed',
            v.contact ->> 'email', v.contact ->> 'name');
    END IF;
    PERFORM job.emit('invoice.payment_failed', 'invoice', p_invoice, jsonb_build_object('attempt_id', p_attempt,
        'account_id', v.account_id, 'decline_code', p_code, 'next_attempt_at', p_next));
END
$$;

GRANT EXECUTE ON FUNCTION collect.declined(uuid, uuid, uuid, date, timestamptz, uuid, text) TO billfold_paymentd;
