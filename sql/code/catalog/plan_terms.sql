-- catalog.plan_terms(version, currency): what a version of a plan asks of who takes it, with what each charge costs in a currency:
-- no unit_price where it has no price there. Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION catalog.plan_terms(p_version uuid, p_currency text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object('plan_id', v.plan_id, 'plan_version_id', v.id, 'version_no', v.version_no, 'valid_from', v.valid_from,
            'name', p.name, 'recurring', v.recurring, 'every', v.every,
            'alignment', v.alignment, 'trial_days', v.trial_days, 'term', v.term, 'auto_renew', v.auto_renew, 'notice_days', v.notice_days,
            'charges', (SELECT json_agg(json_build_object('code', c.code, 'description', c.description, 'product_id', c.product_id,
                    'add_on', c.add_on, 'quantity', trim_scale(c.quantity)::text, 'unit', c.unit, 'tax_category', c.tax_category,
                    'model', c.model, 'unit_price', trim_scale(k.unit_price)::text, 'base_quantity', trim_scale(k.base_quantity)::text,
                    'package', trim_scale(k.package)::text, 'minimum', trim_scale(k.minimum)::text, 'tiers', k.tiers) ORDER BY c.position)
                  FROM catalog.plan_charge c
                  LEFT JOIN catalog.plan_price k ON k.tenant_id = c.tenant_id AND k.plan_version_id = c.plan_version_id
                   AND k.charge = c.code AND k.currency = p_currency
                 WHERE c.tenant_id = v.tenant_id AND c.plan_version_id = v.id))
          FROM catalog.plan_version v
          JOIN catalog.plan p ON p.tenant_id = v.tenant_id AND p.id = v.plan_id
         WHERE v.tenant_id = base.tenant_id() AND v.id = p_version);
END
$$;

GRANT EXECUTE ON FUNCTION catalog.plan_terms(uuid, text) TO billfold_program;
