-- billing.subscription_notice(subscription, term end, days before): that a term ends is told of once: the account's owner has a task, and
-- the feed an event. Of several that are late by now the last one alone speaks; the others are ticked off.
-- requires: crm.task_raise, job.emit
CREATE FUNCTION billing.subscription_notice(p_id uuid, p_term_end date, p_days integer[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription;
    a crm.account;
    v_days integer;
BEGIN
    p_days := ARRAY(SELECT d FROM unnest(p_days) d WHERE NOT EXISTS (SELECT FROM billing.subscription_notice n
        WHERE n.tenant_id = base.tenant_id() AND n.subscription_id = p_id AND n.term_end = p_term_end AND n.days_before = d));
    IF p_days = '{}' THEN
        RETURN;
    END IF;
    SELECT * INTO v FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id;
    SELECT min(d) INTO v_days FROM unnest(p_days) d;
    -- The event first: the rows move the version, and only join it.
    PERFORM job.emit('subscription.renewal_due', 'subscription', p_id, jsonb_build_object('account_id', v.account_id,
        'term_end', p_term_end, 'days_before', v_days, 'auto_renew', v.auto_renew), v.version + 1);
    INSERT INTO billing.subscription_notice (subscription_id, term_end, days_before)
    SELECT p_id, p_term_end, d FROM unnest(p_days) d;
    SELECT * INTO a FROM crm.account x WHERE x.tenant_id = v.tenant_id AND x.id = v.account_id;
    PERFORM crm.task_raise(base.new_id(), 'renewal:' || p_id, 'renewal',
        left(format('%s of %s %s on %s', coalesce(v.name, 'A subscription'), a.account_name,
            CASE WHEN v.auto_renew THEN 'renews' ELSE 'ends' END, p_term_end), 200),
        CASE WHEN v.auto_renew AND v.notice_days > 0
             THEN format('Until %s it may be said that it does not go on.', p_term_end - v.notice_days) END,
        p_term_end, a.owner_id, v.account_id, v.deal_id, NULL);
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_notice(uuid, date, integer[]) TO billfold_invoiced;
