-- catalog.price_move(price, id, valid from, unit price): a price beside another one whose product is held, of the same product, currency and interval, from a day on.
-- ZBSTA where it begins on that very day itself.
-- requires: job.emit
CREATE FUNCTION catalog.price_move(p_price uuid, p_id uuid, p_valid_from date, p_unit_price numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.price (id, product_id, currency, unit_price, base_quantity, recurring, valid_from, valid_to)
    SELECT p_id, k.product_id, k.currency, p_unit_price, k.base_quantity, k.recurring, p_valid_from, k.valid_to
      FROM catalog.price k
     WHERE k.tenant_id = base.tenant_id() AND k.id = p_price AND k.valid_from < p_valid_from;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'The price begins on that very day: change it.', '/valid_from', 'wrong_state');
    END IF;
    PERFORM job.emit('price.created', 'price', p_id, NULL, 1);
END
$$;

GRANT EXECUTE ON FUNCTION catalog.price_move(uuid, uuid, date, numeric) TO billfold_api, billfold_invoiced;
