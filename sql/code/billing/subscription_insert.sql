-- billing.subscription_insert(subscription, items): a pending subscription of a won deal; its origin has one
-- live subscription at most (the unique index decides).
-- requires: job.emit
CREATE FUNCTION billing.subscription_insert(p_id uuid, p_account uuid, p_entity uuid, p_deal uuid, p_origin text,
    p_currency text, p_start date, p_po_number text, p_discount_percent numeric,
    s_id uuid[], s_product uuid[], s_description text[], s_quantity numeric[], s_unit_price numeric[],
    s_base_quantity numeric[], s_unit text[], s_discount_percent numeric[], s_tax_category text[], s_recurring text[],
    s_deal_line uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing.subscription (id, account_id, entity_id, deal_id, origin, currency, start_date, po_number,
        discount_percent)
    VALUES (p_id, p_account, p_entity, p_deal, p_origin, p_currency, p_start, p_po_number, p_discount_percent);
    INSERT INTO billing.subscription_item (subscription_id, id, position, product_id, description, quantity, unit_price,
        base_quantity, unit, discount_percent, tax_category, recurring, deal_line_id)
    SELECT p_id, s.id, s.ord::integer, s.product, s.description, s.quantity, s.unit_price, s.base_quantity, s.unit,
           s.discount_percent, s.tax_category, s.recurring, s.deal_line
      FROM unnest(s_id, s_product, s_description, s_quantity, s_unit_price, s_base_quantity, s_unit, s_discount_percent,
           s_tax_category, s_recurring, s_deal_line) WITH ORDINALITY AS s (id, product, description, quantity,
           unit_price, base_quantity, unit, discount_percent, tax_category, recurring, deal_line, ord);
    PERFORM job.emit('subscription.created', 'subscription', p_id, jsonb_build_object('account_id', p_account,
        'deal_id', p_deal, 'state', 'pending'), 1);
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_insert(uuid, uuid, uuid, uuid, text, text, date, text, numeric, uuid[],
    uuid[], text[], numeric[], numeric[], numeric[], text[], numeric[], text[], text[], uuid[])
    TO billfold_api, billfold_invoiced;
