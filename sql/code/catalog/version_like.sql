-- catalog.version_like(version, applies to, prices): what catalog.version_copy would make of a version, as billing.version_impact takes it.
CREATE FUNCTION catalog.version_like(p_version uuid, p_applies_to text, p_prices jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('applies_to', p_applies_to, 'recurring', v.recurring, 'every', v.every, 'prices', p_prices, 'charges',
               (SELECT jsonb_agg(jsonb_build_object('code', c.code, 'quantity', c.quantity, 'model', c.model, 'add_on', c.add_on) ORDER BY c.position)
                  FROM catalog.plan_charge c WHERE c.tenant_id = v.tenant_id AND c.plan_version_id = v.id))
      FROM catalog.plan_version v WHERE v.tenant_id = base.tenant_id() AND v.id = p_version
$$;

GRANT EXECUTE ON FUNCTION catalog.version_like(uuid, text, jsonb) TO billfold_api;
