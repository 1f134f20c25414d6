-- catalog.reprice_facts(plan, day): what a plan's prices move from: the version that somebody takes who begins on that day, its prices in
-- their order, the places of their currencies, and the tenant's day. No row: there is no such plan.
-- requires: catalog.plan_version_on
CREATE FUNCTION catalog.reprice_facts(p_plan uuid, p_day date) RETURNS TABLE (facts json)
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('archived_at', p.archived_at, 'today', base.business_today(), 'plan_version_id', v.id,
        'prices', (SELECT json_agg(json_build_object('charge', k.charge, 'currency', k.currency, 'unit_price', trim_scale(k.unit_price)::text,
                'base_quantity', trim_scale(k.base_quantity)::text, 'package', trim_scale(k.package)::text,
                'minimum', trim_scale(k.minimum)::text, 'tiers', k.tiers) ORDER BY k.position)
              FROM catalog.plan_price k WHERE k.tenant_id = p.tenant_id AND k.plan_version_id = v.id),
        'places', (SELECT json_object_agg(y.code, y.exponent) FROM base.currency y
             WHERE y.code IN (SELECT k.currency FROM catalog.plan_price k WHERE k.tenant_id = p.tenant_id AND k.plan_version_id = v.id)))
      FROM catalog.plan p
     CROSS JOIN LATERAL (SELECT catalog.plan_version_on(p.id, p_day) AS id) v
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_plan
$$;

GRANT EXECUTE ON FUNCTION catalog.reprice_facts(uuid, date) TO billfold_api, billfold_invoiced;
