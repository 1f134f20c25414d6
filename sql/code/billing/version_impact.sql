-- billing.version_impact(plan, version): whom a new version of a plan would reach of those who have the plan, and what they pay and would: a row a way, currency
-- and price, each with how often it is charged. version: what its making takes of it ({applies_to, recurring, every, charges, prices}); nothing is locked. reach: `running` from their next bill date on, `renewing` when they renew, `later` at the renewal or bill date
-- after one that has been told and can be told anew no more (billing.renewal_by), `keeping` who keeps their price, `staying` who has no renewal.
-- told: those who are told anew. before, after: the price of a charge now and then, NULL: it is not charged; who is counted has one row without both.
-- requires: catalog.version_reach
CREATE FUNCTION billing.version_impact(p_plan uuid, p_version jsonb)
RETURNS TABLE (reach text, currency text, exponent integer, subscriptions bigint, told bigint, before json, after json)
LANGUAGE sql STABLE AS $$
    WITH n AS MATERIALIZED (
        SELECT base.business_today() AS today, catalog.version_reach(x.applies_to) AS applies_to, x.recurring, coalesce(x.every, 1) AS every, x.charges, x.prices
          FROM jsonb_to_record(p_version) AS x (applies_to text, recurring text, every integer, charges jsonb, prices jsonb)),
    charge AS MATERIALIZED (
        SELECT x.code, coalesce(x.quantity, 1) AS quantity, coalesce(x.model, 'per_unit') AS model, coalesce(x.add_on, false) AS add_on
          FROM n CROSS JOIN LATERAL jsonb_to_recordset(n.charges) AS x (code text, quantity numeric, model text, add_on boolean)),
    sub AS (
        SELECT s.tenant_id, s.id, s.currency, w.told AND NOT w.late AS told, n.today,
               CASE WHEN s.keeps_price THEN 'keeping'
                    WHEN n.applies_to = 'running' AND w.same AND NOT w.late THEN 'running'
                    WHEN n.applies_to = 'running' AND w.same THEN 'later'
                    WHEN n.applies_to = 'new' OR NOT s.auto_renew OR s.cancelled_at IS NOT NULL OR s.term_end IS NULL THEN 'staying'
                    WHEN w.late THEN 'later' ELSE 'renewing' END AS reach
          FROM n
          JOIN billing.subscription s ON s.tenant_id = base.tenant_id() AND s.plan_id = p_plan AND s.state IN ('active', 'unpaid', 'paused')
          JOIN catalog.plan_version o ON o.tenant_id = s.tenant_id AND o.id = s.plan_version_id
         CROSS JOIN LATERAL (SELECT k.told, k.told AND n.today > s.term_end - greatest(s.notice_days, 1) AS late,
                 (o.recurring, o.every) = (n.recurring, n.every) AS same
               FROM (SELECT EXISTS (SELECT FROM billing.subscription_notice x WHERE x.tenant_id = s.tenant_id AND x.subscription_id = s.id
                      AND x.term_end = s.term_end AND x.plan_version_id IS NOT NULL) AS told) k) w),
    had AS (
        SELECT s.reach, s.currency, i.plan_charge, i.quantity, i.unit_price, i.base_quantity, i.model, i.package, i.minimum, i.tiers,
               i.recurring, i.every, i.discount_percent, count(*) AS n
          FROM sub s
          JOIN billing.subscription_item i ON i.tenant_id = s.tenant_id AND i.subscription_id = s.id AND i.plan_charge IS NOT NULL
           AND (i.valid_from IS NULL OR i.valid_from <= s.today) AND (i.valid_to IS NULL OR i.valid_to > s.today)
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13),
    more AS (
        SELECT s.reach, s.currency, c.code, count(*) AS n
          FROM sub s
          JOIN charge c ON NOT c.add_on
         WHERE s.reach IN ('running', 'renewing', 'later')
           AND NOT EXISTS (SELECT FROM billing.subscription_item i WHERE i.tenant_id = s.tenant_id AND i.subscription_id = s.id AND i.plan_charge = c.code
                AND (i.valid_from IS NULL OR i.valid_from <= s.today) AND (i.valid_to IS NULL OR i.valid_to > s.today))
         GROUP BY 1, 2, 3),
    price AS (
        SELECT c.code, k.currency, c.quantity, json_build_object('model', c.model, 'unit_price', trim_scale(coalesce(k.unit_price, 0))::text,
                   'base_quantity', trim_scale(coalesce(k.base_quantity, 1))::text, 'package', trim_scale(k.package)::text,
                   'minimum', trim_scale(k.minimum)::text, 'tiers', k.tiers, 'recurring', n.recurring, 'every', n.every) AS price
          FROM n
         CROSS JOIN LATERAL jsonb_to_recordset(n.prices) AS k (charge text, currency text, unit_price numeric, base_quantity numeric, package numeric,
                minimum numeric, tiers jsonb)
          JOIN charge c ON c.code = k.charge)
    SELECT x.reach, x.currency, y.exponent, x.subscriptions, x.told, x.before, x.after
      FROM (SELECT s.reach, s.currency, count(*) AS subscriptions, count(*) FILTER (WHERE s.told AND s.reach IN ('running', 'renewing')) AS told,
                   NULL::json AS before, NULL::json AS after, 0 AS part
              FROM sub s GROUP BY 1, 2
             UNION ALL
            SELECT h.reach, h.currency, h.n, 0, w.before,
                   CASE WHEN h.reach IN ('keeping', 'staying') OR (p.code IS NULL AND c.code IS NOT NULL) THEN w.before
                        WHEN p.code IS NOT NULL THEN (p.price::jsonb || jsonb_build_object('quantity', trim_scale(h.quantity)::text,
                             'discount_percent', trim_scale(h.discount_percent)::text))::json END, 1
              FROM had h
             CROSS JOIN LATERAL (SELECT json_build_object('model', h.model, 'unit_price', trim_scale(h.unit_price)::text,
                     'base_quantity', trim_scale(h.base_quantity)::text, 'package', trim_scale(h.package)::text, 'minimum', trim_scale(h.minimum)::text,
                     'tiers', h.tiers, 'recurring', h.recurring, 'every', h.every, 'quantity', trim_scale(h.quantity)::text,
                     'discount_percent', trim_scale(h.discount_percent)::text) AS before) w
              LEFT JOIN price p ON p.code = h.plan_charge AND p.currency = h.currency
              LEFT JOIN charge c ON c.code = h.plan_charge
             UNION ALL
            SELECT m.reach, m.currency, m.n, 0, NULL, (p.price::jsonb || jsonb_build_object('quantity', trim_scale(p.quantity)::text))::json, 2
              FROM more m JOIN price p ON p.code = m.code AND p.currency = m.currency) x
      LEFT JOIN base.currency y ON y.code = x.currency
     ORDER BY array_position('{running,renewing,later,keeping,staying}', x.reach), x.currency, x.part
$$;

GRANT EXECUTE ON FUNCTION billing.version_impact(uuid, jsonb) TO billfold_api, billfold_invoiced;
