-- billing.renewal_by(subscription, day): by which version of its plan a subscription renews at its term's end, as it is decided on a day, and what its
-- customer has been told of that last. Who has been told renews by what was told: a newer version reaches the renewal only as long as it can be told anew
-- in time (tell_by: the last day on which may be said that it does not go on), and else waits for the one after (waiting). What was told stays where
-- its version is archived; a plan that was agreed on since then was told by that. No row: it has no plan.
-- requires: catalog.plan_version_on
CREATE FUNCTION billing.renewal_by(p_id uuid, p_day date)
RETURNS TABLE (plan_version_id uuid, told_version_id uuid, waiting_version_id uuid, tell_by date, noticed_at timestamptz, term_net bigint, term_total bigint)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN w.version_no > o.version_no AND NOT s.keeps_price THEN w.id ELSE o.id END,
           t.id, CASE WHEN c.version_no > t.version_no AND p_day > q.tell_by AND NOT s.keeps_price THEN c.id END,
           q.tell_by, n.noticed_at, n.term_net, n.term_total
      FROM billing.subscription s
      JOIN catalog.plan_version o ON o.tenant_id = s.tenant_id AND o.id = s.plan_version_id
     CROSS JOIN LATERAL (SELECT s.term_end - greatest(s.notice_days, 1) AS tell_by) q
      LEFT JOIN LATERAL (SELECT x.plan_version_id, x.noticed_at, x.term_net, x.term_total FROM billing.subscription_notice x
             WHERE x.tenant_id = s.tenant_id AND x.subscription_id = s.id AND x.term_end = s.term_end AND x.plan_version_id IS NOT NULL
             ORDER BY x.noticed_at DESC LIMIT 1) n ON true
      LEFT JOIN catalog.plan_version m ON m.tenant_id = s.tenant_id AND m.id = n.plan_version_id AND m.plan_id = s.plan_id
      LEFT JOIN catalog.plan_version t ON t.tenant_id = s.tenant_id AND n.plan_version_id IS NOT NULL AND t.id = coalesce(m.id, o.id)
      LEFT JOIN catalog.plan_version c ON c.tenant_id = s.tenant_id AND c.id = catalog.plan_version_on(s.plan_id, s.term_end, true)
      LEFT JOIN catalog.plan_version w ON w.tenant_id = s.tenant_id
       AND w.id = CASE WHEN t.id IS NULL OR (c.version_no > t.version_no AND p_day <= q.tell_by) THEN c.id ELSE t.id END
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id
$$;

GRANT EXECUTE ON FUNCTION billing.renewal_by(uuid, date) TO billfold_api, billfold_invoiced;
