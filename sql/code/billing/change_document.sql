-- billing.change_document(document): the document of a change of a subscription, as decided, before its lines (billing.content_write).
-- requires: job.emit
CREATE FUNCTION billing.change_document(p_document jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice := jsonb_populate_record(NULL::billing.invoice, p_document);
BEGIN
    INSERT INTO billing.invoice (id, kind, account_id, entity_id, subscription_id, deal_id, location_id, reason, currency, exponent,
        po_number, tax_mode, tax_inclusive, cash_rounding, subtotal, discount_total, net_total, tax_total, total, rounding, payable)
    VALUES (v.id, v.kind, v.account_id, v.entity_id, v.subscription_id, v.deal_id, v.location_id, v.reason, v.currency, v.exponent,
        v.po_number, v.tax_mode, v.tax_inclusive, v.cash_rounding, v.subtotal, v.discount_total, v.net_total, v.tax_total, v.total,
        v.rounding, v.payable);
    PERFORM job.emit('invoice.created', 'invoice', v.id, jsonb_build_object('kind', v.kind, 'account_id', v.account_id,
        'subscription_id', v.subscription_id, 'currency', v.currency, 'total', v.total, 'status', 'draft'), 1);
END
$$;

GRANT EXECUTE ON FUNCTION billing.change_document(jsonb) TO billfold_api, billfold_invoiced;
