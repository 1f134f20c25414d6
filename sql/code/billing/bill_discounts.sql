-- billing.bill_discounts(subscriptions, on): coupons and agreed discounts that may lower the documents of these bill dates, in the order in which they
-- are taken off; target: what each is for, NULL: all. One of a phase lowers what begins from phase_from to before phase_to, NULL: without end that way,
-- which may be a part of what a bill date before it bills.
CREATE FUNCTION billing.bill_discounts(p_ids uuid[], p_on date)
RETURNS TABLE (subscription_id uuid, id uuid, percent numeric, amount bigint, target json, phase_from date, phase_to date)
LANGUAGE sql STABLE AS $$
    SELECT d.subscription_id, d.id, d.percent, d.amount,
           CASE WHEN d.product_ids IS NOT NULL OR d.charges IS NOT NULL THEN json_build_object('product_ids', d.product_ids, 'charges', d.charges) END,
           CASE WHEN d.of_phase THEN d.valid_from END, CASE WHEN d.of_phase THEN d.valid_to END
      FROM unnest(p_ids) AS w (id)
      JOIN billing.subscription s ON s.tenant_id = base.tenant_id() AND s.id = w.id
      JOIN billing.subscription_discount d ON d.tenant_id = s.tenant_id AND d.subscription_id = s.id
     WHERE coalesce(d.periods_left, 1) > 0 AND d.returned_at IS NULL AND (d.of_phase OR d.valid_from IS NULL OR d.valid_from <= coalesce(p_on, s.next_bill_on))
       AND (d.valid_to IS NULL OR d.valid_to > coalesce(p_on, s.next_bill_on))
     ORDER BY d.subscription_id, d.position, d.id
$$;

GRANT EXECUTE ON FUNCTION billing.bill_discounts(uuid[], date) TO billfold_program;
