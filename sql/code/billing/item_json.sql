-- billing.item_json(item): an item of a subscription as the API shows it.
CREATE FUNCTION billing.item_json(i billing.subscription_item) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('object', 'subscription_item', 'id', i.id, 'lineage', i.lineage, 'plan_charge', i.plan_charge,
        'product_id', i.product_id, 'description', i.description, 'quantity', trim_scale(i.quantity)::text,
        'unit_price', trim_scale(i.unit_price)::text, 'base_quantity', trim_scale(i.base_quantity)::text, 'unit', i.unit,
        'discount_percent', trim_scale(i.discount_percent)::text, 'tax_category', i.tax_category, 'recurring', i.recurring,
        'every', i.every, 'model', i.model, 'package', trim_scale(i.package)::text, 'minimum', trim_scale(i.minimum)::text,
        'tiers', i.tiers, 'valid_from', i.valid_from, 'valid_to', i.valid_to, 'anchor', i.anchor,
        'plan_version_id', i.plan_version_id, 'deal_line_id', i.deal_line_id)
$$;

GRANT EXECUTE ON FUNCTION billing.item_json(billing.subscription_item) TO billfold_program;
