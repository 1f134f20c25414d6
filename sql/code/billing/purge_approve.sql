-- billing.purge_approve(subscription): what somebody else has asked for is done: it is archived, and leaves the lists. Its documents, its mails and its history
-- stay where they are. ZBSTA where nobody has asked, ZB403 for who did.
-- requires: billing.purge_hold, crm.task_settle, job.schedule_drop, job.emit
CREATE FUNCTION billing.purge_approve(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription := billing.purge_hold(p_id, true);
BEGIN
    IF v.purge_asked_by = current_setting('app.actor', true) THEN
        PERFORM base.raise('ZB403', 'You asked for it; somebody else approves it.');
    END IF;
    UPDATE billing.subscription s SET archived_at = clock_timestamp()
     WHERE s.tenant_id = v.tenant_id AND s.id = p_id RETURNING s.* INTO v;
    PERFORM job.emit('subscription.archived', 'subscription', p_id, jsonb_build_object('account_id', v.account_id,
        'asked_by', v.purge_asked_by, 'reason', v.purge_reason), v.version);
    PERFORM job.schedule_drop('subscription_step', 'subscription:' || p_id);
    PERFORM crm.task_settle('expired:' || p_id);
END
$$;

GRANT EXECUTE ON FUNCTION billing.purge_approve(uuid) TO billfold_api, billfold_invoiced;
