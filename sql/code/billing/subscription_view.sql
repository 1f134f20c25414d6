-- billing.subscription_view: a subscription with its items.
CREATE VIEW billing.subscription_view WITH (security_invoker = true) AS
SELECT
    s.tenant_id, s.id, s.version, s.created_at, s.updated_at, s.archived_at,
    s.account_id, s.entity_id, s.deal_id, s.origin, s.state, s.currency, s.start_date, s.po_number,
    s.discount_percent, s.notes, s.custom,
    (SELECT coalesce(json_agg(json_build_object('object', 'subscription_item', 'id', k.id, 'product_id', k.product_id,
                'description', k.description, 'quantity', trim_scale(k.quantity)::text,
                'unit_price', trim_scale(k.unit_price)::text, 'base_quantity', trim_scale(k.base_quantity)::text,
                'unit', k.unit, 'discount_percent', trim_scale(k.discount_percent)::text,
                'tax_category', k.tax_category, 'recurring', k.recurring, 'deal_line_id', k.deal_line_id)
                ORDER BY k.position), '[]')
       FROM billing.subscription_item k WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id) AS items
FROM billing.subscription s;

GRANT SELECT ON billing.subscription_view TO billfold_program;
