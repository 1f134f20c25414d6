-- billing.bill_items(subscriptions, on): what they charge from their bill date on: the items that have not ended by then, those of
-- one after those of the one before, in their order.
CREATE FUNCTION billing.bill_items(p_ids uuid[], p_on date)
RETURNS TABLE (subscription_id uuid, id uuid, product_id uuid, description text, quantity numeric, unit_price numeric,
    base_quantity numeric, unit text, discount_percent numeric, tax_category text, product_tax_category text, recurring text,
    every integer, model text, package numeric, minimum numeric, tiers jsonb, valid_from date, valid_to date, anchor date, plan_charge text)
LANGUAGE sql STABLE AS $$
    SELECT i.subscription_id, i.id, i.product_id, i.description, i.quantity, i.unit_price, i.base_quantity, i.unit,
           i.discount_percent, i.tax_category, p.tax_category, i.recurring, i.every, i.model, i.package, i.minimum, i.tiers,
           i.valid_from, i.valid_to, i.anchor, i.plan_charge
      FROM unnest(p_ids) AS w (id)
      JOIN billing.subscription s ON s.tenant_id = base.tenant_id() AND s.id = w.id
      JOIN billing.subscription_item i ON i.tenant_id = s.tenant_id AND i.subscription_id = s.id
       AND (i.valid_to IS NULL OR i.valid_to > coalesce(p_on, s.next_bill_on))
      LEFT JOIN catalog.product p ON p.tenant_id = i.tenant_id AND p.id = i.product_id
     ORDER BY i.subscription_id, i.position, i.id
$$;

GRANT EXECUTE ON FUNCTION billing.bill_items(uuid[], date) TO billfold_program;
