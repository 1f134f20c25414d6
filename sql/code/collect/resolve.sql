-- collect.resolve(invoices): of these, what is not due any more is over: what was planned falls away, the case is closed, its task is
-- done, and the subscription that hand-over marked unpaid is active again. Called by whatever settles an invoice, in its
-- transaction, after it.
-- requires: collect.drop_plans, crm.task_settle, job.emit
CREATE OR REPLACE FUNCTION collect.resolve(p_invoices uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_done uuid[] := ARRAY(SELECT i.id FROM billing.invoice i
        WHERE i.tenant_id = v_tenant AND i.id = ANY (p_invoices) AND i.amount_due = 0);
    v record;
BEGIN
    IF cardinality(v_done) = 0 THEN
        RETURN;
    END IF;
    PERFORM collect.drop_plans(v_done);
    FOR v IN
        UPDATE collect.dunning d SET state = 'resolved', paused_on = NULL
         WHERE d.tenant_id = v_tenant AND d.invoice_id = ANY (v_done) AND d.state <> 'resolved'
        RETURNING d.id, d.invoice_id, d.account_id, d.version, d.declines
    LOOP
        PERFORM crm.task_settle('dunning:' || v.invoice_id);
        PERFORM job.emit('dunning.resolved', 'dunning', v.id, jsonb_build_object('invoice_id', v.invoice_id,
            'account_id', v.account_id, 'declines', v.declines, 'state', 'resolved'), v.version);
    END LOOP;
    FOR v IN
        UPDATE billing.subscription s SET state = 'active'
         WHERE s.tenant_id = v_tenant AND s.state = 'unpaid'
           AND s.id IN (SELECT i.subscription_id FROM billing.invoice i WHERE i.tenant_id = v_tenant AND i.id = ANY (v_done))
           AND NOT EXISTS (SELECT FROM collect.dunning d
                JOIN billing.invoice o ON o.tenant_id = d.tenant_id AND o.id = d.invoice_id
                WHERE d.tenant_id = v_tenant AND d.state = 'handed_over' AND o.subscription_id = s.id)
        RETURNING s.id, s.account_id, s.version
    LOOP
        PERFORM job.emit('subscription.active', 'subscription', v.id, jsonb_build_object('account_id', v.account_id), v.version);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION collect.resolve(uuid[]) TO billfold_program;
