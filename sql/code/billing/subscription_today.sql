-- billing.subscription_today(subscription): the day on which it is looked at, and its period: today by its account's clock; its first day while
-- that is to come, its last one when that has been. The period is the one between two bill dates: of several intervals that
-- which began last to that which ends first; of a trial the trial. A function in FROM.
-- requires: billing.period_at
CREATE FUNCTION billing.subscription_today(s billing.subscription)
RETURNS TABLE (today date, day date, period_start date, period_end date)
LANGUAGE sql STABLE AS $$
    SELECT z.today, d.day,
           CASE WHEN s.state NOT IN ('active', 'unpaid') THEN NULL WHEN z.today < s.anchor THEN CASE WHEN z.today >= s.start_date THEN s.start_date END
                ELSE p.period_start END,
           CASE WHEN s.state NOT IN ('active', 'unpaid') THEN NULL WHEN z.today < s.anchor THEN CASE WHEN z.today >= s.start_date THEN s.anchor END
                ELSE p.period_end END
      FROM (SELECT base.business_today(coalesce(a.time_zone, e.time_zone)) AS today
              FROM crm.account a LEFT JOIN tenant.entity e ON e.tenant_id = s.tenant_id AND e.id = s.entity_id
             WHERE a.tenant_id = s.tenant_id AND a.id = s.account_id) z
     -- Of one that does not run yet: what its first phase charges.
     CROSS JOIN LATERAL (SELECT CASE WHEN s.state = 'pending'
             THEN coalesce((SELECT min(i.valid_from) FROM billing.subscription_item i WHERE i.tenant_id = s.tenant_id AND i.subscription_id = s.id), z.today)
             ELSE least(greatest(z.today, s.anchor), s.end_date - 1) END AS day) d
      LEFT JOIN LATERAL (SELECT max(x.period_start) AS period_start, least(min(x.period_end), s.end_date) AS period_end
              FROM billing.subscription_item i
             CROSS JOIN LATERAL billing.period_at(coalesce(i.anchor, s.anchor), s.alignment = 'calendar', i.recurring, i.every, d.day) x
             WHERE i.tenant_id = s.tenant_id AND i.subscription_id = s.id
               AND (i.valid_from IS NULL OR i.valid_from <= d.day) AND (i.valid_to IS NULL OR i.valid_to > d.day)) p ON true
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_today(billing.subscription) TO billfold_program;
