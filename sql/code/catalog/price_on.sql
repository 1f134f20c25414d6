-- catalog.price_on(product, currency, recurring, day): the price of a product in a currency on a day, charged once (`none`)
-- or once an interval. Of several that are valid the one that came into force last counts. No row: there is none. A function in FROM.
CREATE OR REPLACE FUNCTION catalog.price_on(p_product uuid, p_currency text, p_recurring text, p_day date)
RETURNS TABLE (unit_price numeric, base_quantity numeric)
LANGUAGE sql STABLE AS $$
    SELECT k.unit_price, k.base_quantity FROM catalog.price k
     WHERE k.tenant_id = base.tenant_id() AND k.product_id = p_product AND k.currency = p_currency
       AND k.recurring = p_recurring AND k.archived_at IS NULL
       AND k.valid_from <= p_day AND (k.valid_to IS NULL OR k.valid_to >= p_day)
     ORDER BY k.valid_from DESC LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION catalog.price_on(uuid, text, text, date) TO billfold_program;
