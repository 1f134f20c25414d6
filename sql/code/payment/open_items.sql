-- payment.open_items(account, currency, invoice): what a receipt is decided on. One row at least: the
-- payer, seller, currency and business day that hold where the receipt names none; each open invoice
-- of that payer and currency is a row. An invoice that is named must be the account's own and open.
-- requires: crm.payer
CREATE OR REPLACE FUNCTION payment.open_items(p_account uuid, p_currency text, p_invoice uuid)
RETURNS TABLE (payer_id uuid, entity_id uuid, currency text, today date, invoice_id uuid, due_date date,
    amount_due bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_payer uuid := crm.payer(p_account);
    v_entity uuid;
    v_currency text;
    v_invoice billing.invoice;
BEGIN
    SELECT coalesce(a.entity_id, t.default_entity_id), coalesce(p_currency, a.currency, e.base_currency)
      INTO v_entity, v_currency
      FROM crm.account a
      JOIN tenant.tenant t ON t.id = a.tenant_id
      LEFT JOIN tenant.entity e ON e.tenant_id = a.tenant_id AND e.id = coalesce(a.entity_id, t.default_entity_id)
     WHERE a.tenant_id = base.tenant_id() AND a.id = v_payer;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'There is no such account.', '/account_id', 'not_found');
    END IF;
    IF p_invoice IS NOT NULL THEN
        SELECT * INTO v_invoice FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice AND i.account_id = v_payer;
        IF NOT FOUND THEN
            PERFORM base.raise('ZB422', 'The account has no such invoice.', '/invoice_id', 'not_found');
        ELSIF v_invoice.status NOT IN ('open', 'partially_paid', 'paid', 'uncollectible') THEN
            PERFORM base.raise('ZBSTA', 'The invoice is not open.', '/invoice_id', 'wrong_state');
        ELSIF p_currency IS NOT NULL AND p_currency <> v_invoice.currency THEN
            PERFORM base.raise('ZBCUR', 'The invoice is in another currency.', '/currency', 'currency_mismatch');
        END IF;
        v_entity := v_invoice.entity_id;
        v_currency := v_invoice.currency;
    END IF;
    RETURN QUERY
    SELECT v_payer, v_entity, v_currency, base.business_today(), i.id, i.due_date, i.amount_due
      FROM (SELECT 1) one
      LEFT JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.account_id = v_payer
           AND i.entity_id = v_entity AND i.currency = v_currency AND i.amount_due > 0
           AND i.status IN ('open', 'partially_paid', 'uncollectible')
           AND (p_invoice IS NULL OR i.id = p_invoice)
     ORDER BY i.due_date, i.finalized_at, i.id;
END
$$;

GRANT EXECUTE ON FUNCTION payment.open_items(uuid, text, uuid) TO billfold_program;
