-- billing.draft_insert(drafts): drafts made by the house itself, each for an origin that has one live document at
-- most (the unique index decides). Their lines follow by billing.content_write.
-- requires: job.emit_all
CREATE FUNCTION billing.draft_insert(p_id uuid[], p_account uuid[], p_entity uuid[], p_deal uuid[], p_location uuid[],
    p_origin text[], p_currency text[], p_exponent smallint[], p_po_number text[], p_supply date[], p_tax_mode text[],
    p_tax_inclusive boolean[], p_discount_percent numeric[], p_cash_rounding bigint[], p_subtotal bigint[],
    p_discount bigint[], p_net bigint[], p_tax bigint[], p_total bigint[], p_rounding bigint[], p_payable bigint[])
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing.invoice (id, account_id, entity_id, deal_id, location_id, origin, currency, exponent, po_number,
        supply_date, tax_mode, tax_inclusive, discount_percent, cash_rounding, subtotal, discount_total, net_total,
        tax_total, total, rounding, payable)
    SELECT unnest(p_id), unnest(p_account), unnest(p_entity), unnest(p_deal), unnest(p_location), unnest(p_origin),
        unnest(p_currency), unnest(p_exponent), unnest(p_po_number), unnest(p_supply), unnest(p_tax_mode),
        unnest(p_tax_inclusive), unnest(p_discount_percent), unnest(p_cash_rounding), unnest(p_subtotal),
        unnest(p_discount), unnest(p_net), unnest(p_tax), unnest(p_total), unnest(p_rounding), unnest(p_payable);
    PERFORM job.emit_all('invoice.created', 'invoice', array_agg(w.id), array_agg(1::bigint), array_agg(w.account),
               array_agg(jsonb_build_object('account_id', w.account, 'deal_id', w.deal, 'total', w.total, 'status', 'draft')))
       FROM unnest(p_id, p_account, p_deal, p_total) AS w (id, account, deal, total);
END
$$;

GRANT EXECUTE ON FUNCTION billing.draft_insert(uuid[], uuid[], uuid[], uuid[], uuid[], text[], text[], smallint[],
    text[], date[], text[], boolean[], numeric[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[],
    bigint[], bigint[]) TO billfold_api, billfold_invoiced;
