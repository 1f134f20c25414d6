-- catalog.price_hold(price, day): a product's price that may move from a day on, its product held: whether it is the one that holds on that day, the places of
-- its currency, and the tenant's day. No row: there is none.
CREATE FUNCTION catalog.price_hold(p_id uuid, p_day date) RETURNS TABLE (today date, holds boolean, unit_price text, places smallint)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM catalog.price k
       JOIN catalog.product p ON p.tenant_id = k.tenant_id AND p.id = k.product_id
      WHERE k.tenant_id = base.tenant_id() AND k.id = p_id FOR UPDATE OF p;
    RETURN QUERY
    SELECT base.business_today(), p.archived_at IS NULL AND coalesce(k.id = (
               SELECT x.id FROM catalog.price x
                WHERE x.tenant_id = k.tenant_id AND x.product_id = k.product_id AND x.currency = k.currency AND x.recurring = k.recurring
                  AND x.archived_at IS NULL AND x.valid_from <= p_day AND (x.valid_to IS NULL OR x.valid_to >= p_day)
                ORDER BY x.valid_from DESC LIMIT 1), false), trim_scale(k.unit_price)::text, y.exponent
      FROM catalog.price k
      JOIN catalog.product p ON p.tenant_id = k.tenant_id AND p.id = k.product_id
      JOIN base.currency y ON y.code = k.currency
     WHERE k.tenant_id = base.tenant_id() AND k.id = p_id;
END
$$;

GRANT EXECUTE ON FUNCTION catalog.price_hold(uuid, date) TO billfold_api, billfold_invoiced;
