-- billing.invariant_coupons(): what is wrong with coupons; no row when all is well. One has been taken as often as it stands on subscriptions without
-- having been given back; a taking never lowers more documents than it is good for, and none that was given back has lowered any.
CREATE FUNCTION billing.invariant_coupons() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT c.tenant_id, 'catalog.coupon', c.id::text, format('taken %s times, and on %s subscriptions', c.redemptions, coalesce(d.taken, 0))
      FROM catalog.coupon c
      LEFT JOIN (SELECT d.tenant_id, d.coupon_id, count(*) AS taken FROM billing.subscription_discount d
                  WHERE d.coupon_id IS NOT NULL AND d.returned_at IS NULL GROUP BY 1, 2) d ON d.tenant_id = c.tenant_id AND d.coupon_id = c.id
     WHERE c.redemptions <> coalesce(d.taken, 0)
    UNION ALL
    SELECT d.tenant_id, 'billing.subscription_discount', d.id::text,
           format('is good for %s documents, has lowered %s and is to lower %s', c.periods, u.used, d.periods_left)
      FROM billing.subscription_discount d
      JOIN catalog.coupon c ON c.tenant_id = d.tenant_id AND c.id = d.coupon_id AND c.periods IS NOT NULL
     CROSS JOIN LATERAL (SELECT count(*) AS used FROM billing.discount_use u
             WHERE u.tenant_id = d.tenant_id AND u.subscription_id = d.subscription_id AND u.discount_id = d.id) u
     WHERE d.periods_left + u.used > c.periods
    UNION ALL
    SELECT d.tenant_id, 'billing.subscription_discount', d.id::text, 'was given back, and has lowered a document'
      FROM billing.subscription_discount d
     WHERE d.returned_at IS NOT NULL AND (d.lowered_on IS NOT NULL OR EXISTS (SELECT FROM billing.discount_use u
             WHERE u.tenant_id = d.tenant_id AND u.subscription_id = d.subscription_id AND u.discount_id = d.id))
$$;

COMMENT ON FUNCTION billing.invariant_coupons() IS 'I7 coupons are taken as often as they are on subscriptions';
