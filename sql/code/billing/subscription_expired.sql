-- billing.subscription_expired(subscription): that it ended a while ago is told once: the owner of its account has a task, the feed an event. Nothing
-- where it has been archived, goes on, or has not ended so long ago.
-- requires: billing.expired_after, billing.subscription_zone, crm.task_raise, job.emit
CREATE FUNCTION billing.subscription_expired(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription;
    a crm.account;
BEGIN
    UPDATE billing.subscription s SET expired_noticed_at = clock_timestamp()
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id AND s.state IN ('ended', 'cancelled') AND s.archived_at IS NULL
       AND s.expired_noticed_at IS NULL
       AND s.end_date + billing.expired_after() <= base.business_today(billing.subscription_zone(p_id))
    RETURNING s.* INTO v;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM job.emit('subscription.expired', 'subscription', p_id, jsonb_build_object('account_id', v.account_id, 'state', v.state,
        'end_date', v.end_date), v.version);
    SELECT * INTO a FROM crm.account x WHERE x.tenant_id = v.tenant_id AND x.id = v.account_id;
    PERFORM crm.task_raise(base.new_id(), 'expired:' || p_id, 'expired',
        left(format('%s of %s has ended', coalesce(v.name, 'A subscription'), a.account_name), 200),
        format('It has had no service since %s. Win it back, or ask for it to be archived.', v.end_date),
        base.business_today(), a.owner_id, v.account_id, v.deal_id, NULL);
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_expired(uuid) TO billfold_invoiced;
