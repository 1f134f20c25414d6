-- collect.hand_over(invoice, today): from here on the case is a person's: nothing planned is left, and until it is released
-- nothing is charged or mailed by itself. The policy's final action is taken. The caller has locked invoice and case, and tells the
-- owner.
-- requires: collect.drop_plans, job.emit
CREATE OR REPLACE FUNCTION collect.hand_over(p_invoice uuid, p_today date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v collect.dunning;
    v_subscription uuid;
BEGIN
    UPDATE collect.dunning d
       SET state = 'handed_over', step = 'hand_over', paused_on = coalesce(d.paused_on, p_today)
     WHERE d.tenant_id = base.tenant_id() AND d.invoice_id = p_invoice
    RETURNING * INTO v;
    PERFORM collect.drop_plans(ARRAY[p_invoice]);
    UPDATE billing.subscription s SET state = 'unpaid'
      FROM billing.invoice i, collect.policy p
     WHERE i.tenant_id = v.tenant_id AND i.id = p_invoice AND p.tenant_id = v.tenant_id AND p.id = v.policy_id
       AND p.final_action = 'mark_unpaid' AND s.tenant_id = v.tenant_id AND s.id = i.subscription_id AND s.state = 'active'
    RETURNING s.id INTO v_subscription;
    IF v_subscription IS NOT NULL THEN
        PERFORM job.emit('subscription.unpaid', 'subscription', v_subscription, jsonb_build_object('invoice_id', p_invoice,
            'account_id', v.account_id));
    END IF;
    PERFORM job.emit('dunning.handed_over', 'dunning', v.id, jsonb_build_object('invoice_id', p_invoice,
        'account_id', v.account_id, 'owner_id', v.owner_id, 'declines', v.declines, 'reminders', v.reminders,
        'state', v.state));
END
$$;

GRANT EXECUTE ON FUNCTION collect.hand_over(uuid, date) TO billfold_paymentd, billfold_maild;
