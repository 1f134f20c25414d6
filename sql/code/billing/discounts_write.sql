-- billing.discounts_write(subscription, discounts): coupons and agreed discounts are taken, behind those that are there.
-- requires: catalog.redeem
CREATE FUNCTION billing.discounts_write(p_subscription uuid, p_discounts jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO billing.subscription_discount (subscription_id, id, position, coupon_id, name, percent, amount, periods_left)
    SELECT p_subscription, base.new_id(),
           n + coalesce((SELECT max(x.position) FROM billing.subscription_discount x
                          WHERE x.tenant_id = base.tenant_id() AND x.subscription_id = p_subscription), 0),
           (d ->> 'id')::uuid, d ->> 'name', (d ->> 'percent')::numeric, (d ->> 'amount')::bigint, (d ->> 'periods')::integer
      FROM jsonb_array_elements(p_discounts) WITH ORDINALITY AS w (d, n);
    SELECT catalog.redeem(ARRAY(SELECT (d ->> 'id')::uuid FROM jsonb_array_elements(p_discounts) WITH ORDINALITY AS w (d, n)
                                 ORDER BY n))
$$;

GRANT EXECUTE ON FUNCTION billing.discounts_write(uuid, jsonb) TO billfold_api, billfold_invoiced;
