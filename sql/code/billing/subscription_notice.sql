-- billing.subscription_notice(subscription, term end, days before, quote, version, anew): that a term ends is told of once: the account's owner has a task,
-- the feed an event, and the payer's billing contacts a mail with what the next term comes to (quote), unless the tenant does not want any. Of
-- several that are late by now the last one alone speaks; the others are ticked off. version: by which it renews, NULL: none, or it ends.
-- anew: what was told holds no more, and is told again, be it on the same day.
-- requires: crm.task_raise, crm.payer, document.deliver, billing.mails_renewals, job.emit
CREATE FUNCTION billing.subscription_notice(p_id uuid, p_term_end date, p_days integer[], p_quote jsonb, p_version uuid, p_anew boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription;
    a crm.account;
    v_days integer;
    v_payer uuid;
    v_times integer;
BEGIN
    p_days := ARRAY(SELECT d FROM unnest(p_days) d WHERE p_anew OR NOT EXISTS (SELECT FROM billing.subscription_notice n
        WHERE n.tenant_id = base.tenant_id() AND n.subscription_id = p_id AND n.term_end = p_term_end AND n.days_before = d));
    IF p_days = '{}' THEN
        RETURN;
    END IF;
    SELECT * INTO v FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id;
    SELECT min(d) INTO v_days FROM unnest(p_days) d;
    -- The event first: the rows move the version, and only join it.
    PERFORM job.emit('subscription.renewal_due', 'subscription', p_id, jsonb_build_object('account_id', v.account_id,
        'term_end', p_term_end, 'days_before', v_days, 'auto_renew', v.auto_renew, 'plan_version_id', p_version, 'told_anew', p_anew), v.version + 1);
    INSERT INTO billing.subscription_notice AS n (subscription_id, term_end, days_before, renews, plan_version_id, term_net, term_total)
    SELECT p_id, p_term_end, d, v.auto_renew, p_version, (p_quote ->> 'term_net')::bigint, (p_quote ->> 'term_total')::bigint FROM unnest(p_days) d
    ON CONFLICT (tenant_id, subscription_id, term_end, days_before) DO UPDATE SET times = n.times + 1, noticed_at = clock_timestamp(),
        renews = excluded.renews, plan_version_id = excluded.plan_version_id, term_net = excluded.term_net, term_total = excluded.term_total;
    SELECT n.times INTO v_times FROM billing.subscription_notice n
     WHERE n.tenant_id = v.tenant_id AND n.subscription_id = p_id AND n.term_end = p_term_end AND n.days_before = v_days;
    SELECT * INTO a FROM crm.account x WHERE x.tenant_id = v.tenant_id AND x.id = v.account_id;
    PERFORM crm.task_raise(base.new_id(), 'renewal:' || p_id, 'renewal',
        left(format('%s of %s %s on %s', coalesce(v.name, 'A subscription'), a.account_name,
            CASE WHEN v.auto_renew THEN 'renews' ELSE 'ends' END, p_term_end), 200),
        NULLIF(concat_ws(E'\n',
            CASE WHEN v.auto_renew AND v.notice_days > 0
                 THEN format('Until %s it may be said that it does not go on.', p_term_end - v.notice_days) END,
            CASE WHEN v.auto_renew AND (p_quote ->> 'change_percent')::numeric <> 0
                 THEN format('What its term costs moves by %s %%.', p_quote ->> 'change_percent') END), ''),
        p_term_end, a.owner_id, v.account_id, v.deal_id, NULL);
    IF billing.mails_renewals() THEN
        v_payer := crm.payer(v.account_id);
        PERFORM document.deliver('subscription', p_id, format('renewal:%s:%s', p_term_end, v_days) || CASE WHEN v_times > 1 THEN ':' || v_times ELSE '' END, 'subscription_renewal', r.email, r.name,
            p_quote || jsonb_build_object('days_before', v_days))
           FROM (SELECT min(c.email) AS email, min(c.name) AS name FROM crm.contact c
                  WHERE c.tenant_id = v.tenant_id AND c.account_id = v_payer AND c.archived_at IS NULL
                    AND 'billing' = ANY (c.roles) AND c.email IS NOT NULL
                  GROUP BY c.email_norm) r;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_notice(uuid, date, integer[], jsonb, uuid, boolean) TO billfold_invoiced;
