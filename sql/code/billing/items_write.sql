-- billing.items_write(subscription, items): what is charged from some day on, behind what is there.
CREATE FUNCTION billing.items_write(p_subscription uuid, p_items jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO billing.subscription_item (subscription_id, id, position, lineage, plan_charge, product_id, description, quantity,
        unit_price, base_quantity, unit, discount_percent, tax_category, recurring, every, model, package, minimum, tiers,
        valid_from, valid_to, anchor, plan_version_id, deal_line_id)
    SELECT p_subscription, (i ->> 'id')::uuid,
           n + coalesce((SELECT max(x.position) FROM billing.subscription_item x
                          WHERE x.tenant_id = base.tenant_id() AND x.subscription_id = p_subscription), 0),
           (i ->> 'lineage')::uuid, i ->> 'plan_charge', (i ->> 'product_id')::uuid, i ->> 'description',
           coalesce((i ->> 'quantity')::numeric, 1), coalesce((i ->> 'unit_price')::numeric, 0),
           coalesce((i ->> 'base_quantity')::numeric, 1), i ->> 'unit', (i ->> 'discount_percent')::numeric, i ->> 'tax_category',
           i ->> 'recurring', coalesce((i ->> 'every')::integer, 1), coalesce(i ->> 'model', 'per_unit'),
           (i ->> 'package')::numeric, (i ->> 'minimum')::numeric, NULLIF(i -> 'tiers', 'null'),
           (i ->> 'valid_from')::date, (i ->> 'valid_to')::date, (i ->> 'anchor')::date, (i ->> 'plan_version_id')::uuid,
           (i ->> 'deal_line_id')::uuid
      FROM jsonb_array_elements(p_items) WITH ORDINALITY AS w (i, n)
$$;

GRANT EXECUTE ON FUNCTION billing.items_write(uuid, jsonb) TO billfold_api, billfold_invoiced;
