-- billing.credit_draft(...): a credit note of a final document: the parties, place, currency and tax method are the original's. Its
-- lines follow by billing.content_write.
-- requires: job.emit
CREATE FUNCTION billing.credit_draft(p_id uuid, p_original uuid, p_reason text, p_settle text, p_issue date, p_notes text,
    p_subtotal bigint, p_discount bigint, p_net bigint, p_tax bigint, p_total bigint, p_rounding bigint, p_payable bigint)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    o billing.invoice;
BEGIN
    SELECT * INTO o FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_original;
    INSERT INTO billing.invoice (id, kind, account_id, entity_id, original_invoice_id, reason, settle, location_id, contact_id,
        issue_date, currency, exponent, exchange_rate, po_number, payment_terms, tax_mode, tax_inclusive, subtotal, discount_total,
        net_total, tax_total, total, rounding, payable, notes)
    VALUES (p_id, 'credit', o.account_id, o.entity_id, o.id, p_reason, p_settle, o.location_id, o.contact_id,
        p_issue, o.currency, o.exponent, o.exchange_rate, o.po_number, 0, o.tax_mode, o.tax_inclusive, p_subtotal, p_discount,
        p_net, p_tax, p_total, p_rounding, p_payable, p_notes);
    INSERT INTO billing.invoice_link (from_id, to_id, relation) VALUES (p_id, p_original, 'credits');
    PERFORM job.emit('invoice.created', 'invoice', p_id, jsonb_build_object('kind', 'credit', 'account_id', o.account_id,
        'original_invoice_id', o.id, 'currency', o.currency, 'total', p_total, 'status', 'draft'), 1);
END
$$;

GRANT EXECUTE ON FUNCTION billing.credit_draft(uuid, uuid, text, text, date, text, bigint, bigint, bigint, bigint, bigint, bigint,
    bigint) TO billfold_api, billfold_invoiced;
