-- billing.subscription_facts(subscription): a subscription as it is decided on: itself, all its items in the order of their days, the last bill
-- date that has a live document, the business day of its account, and the version of its plan for those who renew on a day (its
-- term's end). No row: there is none.
-- requires: billing.item_json, billing.subscription_zone, catalog.plan_version_on, catalog.plan_terms
CREATE FUNCTION billing.subscription_facts(p_id uuid) RETURNS TABLE (facts json)
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('subscription', to_jsonb(v) - 'custom' || jsonb_build_object('discounts',
            (SELECT coalesce(jsonb_agg(jsonb_build_object('percent', trim_scale(d.percent)::text) ORDER BY d.position), '[]')
               FROM billing.subscription_discount d WHERE d.tenant_id = v.tenant_id AND d.subscription_id = v.id
                AND d.percent IS NOT NULL AND coalesce(d.periods_left, 1) > 0),
            'discount_percent', trim_scale(v.discount_percent)::text),
        'today', base.business_today(billing.subscription_zone(p_id)),
        'exponent', (SELECT y.exponent FROM base.currency y WHERE y.code = v.currency),
        'items', (SELECT coalesce(json_agg(billing.item_json(i) ORDER BY i.position), '[]')
              FROM billing.subscription_item i WHERE i.tenant_id = v.tenant_id AND i.subscription_id = v.id),
        'billed_on', (SELECT max(k.period_start) FROM billing.invoice k WHERE k.tenant_id = v.tenant_id AND k.subscription_id = v.id
                AND k.status <> 'void' AND NOT (k.payable > 0 AND k.credited >= k.payable)),
        'noticed', (SELECT json_agg(n.days_before) FROM billing.subscription_notice n WHERE n.tenant_id = v.tenant_id
                AND n.subscription_id = v.id AND n.term_end = v.term_end),
        'renewal', (SELECT catalog.plan_terms(w.id, v.currency)
              FROM (SELECT catalog.plan_version_on(v.plan_id, v.term_end, true) AS id) w
              JOIN catalog.plan_version n ON n.tenant_id = v.tenant_id AND n.id = w.id
              JOIN catalog.plan_version o ON o.tenant_id = v.tenant_id AND o.id = v.plan_version_id
             WHERE n.version_no > o.version_no))
      FROM billing.subscription v WHERE v.tenant_id = base.tenant_id() AND v.id = p_id
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_facts(uuid) TO billfold_api, billfold_invoiced;
