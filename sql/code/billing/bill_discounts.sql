-- billing.bill_discounts(subscriptions): coupons and agreed discounts that lower the documents of these bill dates, in the order in which they are
-- taken off.
CREATE FUNCTION billing.bill_discounts(p_ids uuid[])
RETURNS TABLE (subscription_id uuid, id uuid, percent numeric, amount bigint)
LANGUAGE sql STABLE AS $$
    SELECT d.subscription_id, d.id, d.percent, d.amount
      FROM unnest(p_ids) AS w (id)
      JOIN billing.subscription s ON s.tenant_id = base.tenant_id() AND s.id = w.id
      JOIN billing.subscription_discount d ON d.tenant_id = s.tenant_id AND d.subscription_id = s.id
     WHERE coalesce(d.periods_left, 1) > 0 AND (d.valid_from IS NULL OR d.valid_from <= s.next_bill_on)
     ORDER BY d.subscription_id, d.position, d.id
$$;

GRANT EXECUTE ON FUNCTION billing.bill_discounts(uuid[]) TO billfold_program;
