-- billing.subscription_facts(subscription): a subscription as it is decided on: itself, all its items and pauses in the order of their days, the last bill
-- date that has a live document, the end of those whose documents were given back whole, the business day of its account, the plan that has begun by then where it is another one than it
-- names, by which version it renews and what its customer was told of that (billing.renewal_by), or last that it ends, and, unless it keeps its prices, that version where it is
-- a newer one, and the one that reaches those who have the plan today: after a renewal that was told without it no bill date of that day either.
-- No row: there is none.
-- requires: collect.leaves_unpaid, billing.item_json, billing.plan_on, billing.subscription_zone, billing.renewal_by, catalog.plan_terms
CREATE FUNCTION billing.subscription_facts(p_id uuid) RETURNS TABLE (facts json)
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('subscription', to_jsonb(v) - 'custom' || jsonb_build_object('discounts',
            (SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'coupon_id', d.coupon_id, 'percent', trim_scale(d.percent)::text,
                       'amount', d.amount, 'periods_left', d.periods_left, 'valid_from', d.valid_from, 'valid_to', d.valid_to,
                       'lowered_on', d.lowered_on, 'of_phase', d.of_phase, 'product_ids', d.product_ids, 'charges', d.charges) ORDER BY d.position, d.id), '[]')
               FROM billing.subscription_discount d WHERE d.tenant_id = v.tenant_id AND d.subscription_id = v.id AND d.returned_at IS NULL),
            'discount_percent', trim_scale(v.discount_percent)::text),
        'today', base.business_today(billing.subscription_zone(p_id)),
        'goes_on_unpaid', v.state = 'paused' AND collect.leaves_unpaid(p_id),
        'exponent', (SELECT y.exponent FROM base.currency y WHERE y.code = v.currency),
        'items', (SELECT coalesce(json_agg(billing.item_json(i) ORDER BY i.position), '[]')
              FROM billing.subscription_item i WHERE i.tenant_id = v.tenant_id AND i.subscription_id = v.id),
        'billed_on', (SELECT max(k.period_start) FROM billing.invoice k WHERE k.tenant_id = v.tenant_id AND k.subscription_id = v.id
                AND k.status <> 'void' AND NOT (k.payable > 0 AND k.credited >= k.payable)),
        'plan_begun', (SELECT json_build_object('plan_id', w.plan_id, 'plan_version_id', w.plan_version_id)
              FROM billing.plan_on(p_id, base.business_today(billing.subscription_zone(p_id))) w
             WHERE w.plan_version_id IS DISTINCT FROM v.plan_version_id),
        'credited_until', (SELECT max(k.period_end) FROM billing.invoice k WHERE k.tenant_id = v.tenant_id AND k.subscription_id = v.id
                AND (k.status = 'void' OR (k.payable > 0 AND k.credited >= k.payable))
                AND NOT EXISTS (SELECT FROM billing.invoice o WHERE o.tenant_id = k.tenant_id AND o.subscription_id = k.subscription_id
                    AND o.period_start = k.period_start AND o.status <> 'void' AND NOT (o.payable > 0 AND o.credited >= o.payable))),
        'pauses', (SELECT json_agg(json_build_object('starts_on', p.starts_on, 'ends_on', p.ends_on, 'keeps_until', p.keeps_until)
                ORDER BY p.starts_on)
              FROM billing.subscription_pause p WHERE p.tenant_id = v.tenant_id AND p.subscription_id = v.id),
        'noticed', (SELECT json_agg(n.days_before) FROM billing.subscription_notice n WHERE n.tenant_id = v.tenant_id
                AND n.subscription_id = v.id AND n.term_end = v.term_end),
        'told_to_end', (SELECT NOT n.renews FROM billing.subscription_notice n WHERE n.tenant_id = v.tenant_id AND n.subscription_id = v.id
                AND n.term_end = v.term_end ORDER BY n.noticed_at DESC LIMIT 1),
        'renewal', (SELECT catalog.plan_terms(n.id, v.currency)
              FROM catalog.plan_version n
             WHERE n.tenant_id = v.tenant_id AND n.id = b.plan_version_id AND n.id <> v.plan_version_id
               AND NOT EXISTS (SELECT FROM billing.subscription_item i WHERE i.tenant_id = v.tenant_id AND i.subscription_id = v.id
                      AND i.plan_version_id = n.id AND i.valid_to IS NULL)),
        'reaching', (SELECT catalog.plan_terms(n.id, v.currency)
              FROM catalog.plan_version n
              JOIN catalog.plan_version o ON o.tenant_id = v.tenant_id AND o.id = v.plan_version_id
             WHERE n.tenant_id = v.tenant_id AND n.plan_id = v.plan_id AND n.applies_to = 'running' AND n.archived_at IS NULL
               AND n.valid_from <= base.business_today(billing.subscription_zone(p_id)) AND n.version_no > o.version_no AND NOT v.keeps_price
               AND NOT EXISTS (SELECT FROM billing.subscription_item i WHERE i.tenant_id = v.tenant_id AND i.subscription_id = v.id
                      AND i.plan_version_id = n.id)
             ORDER BY n.valid_from DESC, n.version_no DESC LIMIT 1),
        'reach_from', (SELECT max(n.term_end) + 1
              FROM (SELECT DISTINCT ON (x.term_end) x.term_end, x.plan_version_id FROM billing.subscription_notice x
                     WHERE x.tenant_id = v.tenant_id AND x.subscription_id = v.id AND x.plan_version_id IS NOT NULL
                     ORDER BY x.term_end, x.noticed_at DESC) n
              JOIN catalog.plan_version t ON t.tenant_id = v.tenant_id AND t.id = n.plan_version_id AND t.plan_id = v.plan_id
             WHERE (n.term_end < v.term_end OR base.business_today(billing.subscription_zone(p_id)) > b.tell_by)
               AND EXISTS (SELECT FROM catalog.plan_version w WHERE w.tenant_id = v.tenant_id AND w.plan_id = v.plan_id
                      AND w.applies_to = 'running' AND w.archived_at IS NULL AND w.version_no > t.version_no)),
        'renews_by', b.plan_version_id, 'tell_by', b.tell_by, 'waiting_version_id', b.waiting_version_id,
        'told', CASE WHEN b.told_version_id IS NOT NULL THEN json_build_object('plan_version_id', b.told_version_id,
            'noticed_at', base.instant(b.noticed_at), 'term_net', b.term_net, 'term_total', b.term_total) END)
      FROM billing.subscription v
      LEFT JOIN LATERAL billing.renewal_by(v.id, base.business_today(billing.subscription_zone(p_id))) b ON true
     WHERE v.tenant_id = base.tenant_id() AND v.id = p_id
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_facts(uuid) TO billfold_api, billfold_invoiced;
