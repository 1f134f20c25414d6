-- billing.discounts_write(subscription, discounts): coupons and agreed discounts are taken, behind those that are there, each for bill dates from
-- its first one on to its last; where it says none, for all. at: the member of a request that names it.
-- requires: catalog.coupons_hold, catalog.redeem
CREATE FUNCTION billing.discounts_write(p_subscription uuid, p_discounts jsonb) RETURNS void
LANGUAGE sql AS $$
    SELECT catalog.coupons_hold(ARRAY(SELECT (d ->> 'coupon_id')::uuid FROM jsonb_array_elements(p_discounts) d WHERE d ->> 'coupon_id' IS NOT NULL));
    INSERT INTO billing.subscription_discount (subscription_id, id, position, coupon_id, name, percent, amount, periods_left, valid_from, valid_to, of_phase,
           product_ids, charges)
    SELECT p_subscription, (d ->> 'id')::uuid,
           n + coalesce((SELECT max(x.position) FROM billing.subscription_discount x
                          WHERE x.tenant_id = base.tenant_id() AND x.subscription_id = p_subscription), 0),
           (d ->> 'coupon_id')::uuid, d ->> 'name', (d ->> 'percent')::numeric, (d ->> 'amount')::bigint, (d ->> 'periods_left')::integer,
           (d ->> 'valid_from')::date, (d ->> 'valid_to')::date, (d ->> 'of_phase')::boolean,
           (SELECT array_agg(x::uuid) FROM jsonb_array_elements_text(NULLIF(d -> 'product_ids', 'null')) x),
           (SELECT array_agg(x) FROM jsonb_array_elements_text(NULLIF(d -> 'charges', 'null')) x)
      FROM jsonb_array_elements(p_discounts) WITH ORDINALITY AS w (d, n);
    SELECT catalog.redeem(ARRAY(SELECT (d ->> 'coupon_id')::uuid FROM jsonb_array_elements(p_discounts) WITH ORDINALITY AS w (d, n) ORDER BY n),
               ARRAY(SELECT d ->> 'at' FROM jsonb_array_elements(p_discounts) WITH ORDINALITY AS w (d, n) ORDER BY n), s.account_id)
      FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_subscription
$$;

GRANT EXECUTE ON FUNCTION billing.discounts_write(uuid, jsonb) TO billfold_api, billfold_invoiced;
