-- catalog.plan_version_view: what a plan is from a day on, with its charges and prices.
CREATE VIEW catalog.plan_version_view WITH (security_invoker = true) AS
SELECT v.tenant_id, v.id, v.version, v.created_at, v.updated_at, v.archived_at,
       v.plan_id, v.version_no, v.valid_from, v.applies_to, v.recurring, v.every, v.alignment, v.trial_days, v.term,
       v.auto_renew, v.notice_days,
       (SELECT coalesce(json_agg(json_build_object('object', 'plan_charge', 'id', c.id, 'code', c.code,
                'description', c.description, 'product_id', c.product_id, 'add_on', c.add_on,
                'quantity', trim_scale(c.quantity)::text, 'unit', c.unit, 'tax_category', c.tax_category,
                'model', c.model) ORDER BY c.position), '[]')
          FROM catalog.plan_charge c WHERE c.tenant_id = v.tenant_id AND c.plan_version_id = v.id) AS charges,
       (SELECT coalesce(json_agg(json_build_object('object', 'plan_price', 'id', p.id, 'charge', p.charge,
                'currency', p.currency, 'unit_price', trim_scale(p.unit_price)::text,
                'base_quantity', trim_scale(p.base_quantity)::text, 'package', trim_scale(p.package)::text,
                'minimum', trim_scale(p.minimum)::text, 'tiers', p.tiers) ORDER BY p.position), '[]')
          FROM catalog.plan_price p WHERE p.tenant_id = v.tenant_id AND p.plan_version_id = v.id) AS prices
  FROM catalog.plan_version v;

GRANT SELECT ON catalog.plan_version_view TO billfold_program;
