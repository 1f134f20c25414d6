-- payment.open_items(account, currency, invoice, charged): what a receipt is decided on. One row at least: the
-- payer, seller, currency, business day and print of what is open; each open invoice of that payer and currency is a row.
-- A named invoice must be the account's own or its payer's, and then it is the only one: oldest due first is for money that
-- names none. What a processor has charged already is never refused: where its invoice takes nothing any more, no invoice
-- is a row and the money is the account's credit. The business day is the payer's. Rates count where the currency is not the
-- seller's own; there base_exponent is NULL.
-- requires: ledger.open_day, crm.payer, payment.open_print, base.raise_fields
CREATE FUNCTION payment.open_items(p_account uuid, p_currency text, p_invoice uuid, p_charged boolean)
RETURNS TABLE (payer_id uuid, entity_id uuid, currency text, today date, print text, invoice_id uuid, issue_date date,
    due_date date, amount_due bigint, exchange_rate text, settled bigint, exponent smallint, base_exponent smallint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_payer uuid := crm.payer(p_account);
    v_entity uuid;
    v_currency text;
    v_base text;
    v_today date;
    v_invoice billing.invoice;
    v_known boolean;
    v_wrong jsonb;
BEGIN
    IF p_invoice IS NOT NULL THEN
        SELECT * INTO v_invoice FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice AND i.account_id IN (p_account, v_payer);
        v_payer := coalesce(v_invoice.account_id, v_payer);
    END IF;
    SELECT coalesce(v_invoice.entity_id, a.entity_id, t.default_entity_id),
           coalesce(p_currency, v_invoice.currency, a.currency, e.base_currency),
           ledger.open_day(e.id, base.business_today(coalesce(a.time_zone, e.time_zone))), e.base_currency
      INTO v_entity, v_currency, v_today, v_base
      FROM crm.account a
      JOIN tenant.tenant t ON t.tenant_id = a.tenant_id AND t.id = a.tenant_id
      LEFT JOIN tenant.entity e ON e.tenant_id = a.tenant_id
           AND e.id = coalesce(v_invoice.entity_id, a.entity_id, t.default_entity_id)
     WHERE a.tenant_id = base.tenant_id() AND a.id = v_payer;
    v_known := FOUND;
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', 'not_found', 'detail', w.detail)) INTO v_wrong
      FROM (VALUES
          (NOT v_known, '/account_id', 'No such account.'),
          (p_invoice IS NOT NULL AND v_invoice.id IS NULL, '/invoice_id', 'The account has no such invoice.'),
          (p_currency IS NOT NULL AND NOT EXISTS (SELECT FROM base.currency c WHERE c.code = p_currency),
              '/currency', 'No such currency.')) AS w (wrong, pointer, detail)
     WHERE w.wrong;
    IF v_wrong IS NOT NULL THEN
        PERFORM base.raise_fields('ZB422', 'The request has invalid fields.', v_wrong);
    ELSIF v_invoice.currency <> v_currency THEN
        PERFORM base.raise('ZBCUR', format('The invoice is in %s.', v_invoice.currency), '/currency', 'currency_mismatch');
    ELSIF NOT p_charged AND v_invoice.number IS NULL AND v_invoice.id IS NOT NULL THEN
        PERFORM base.raise('ZBSTA', 'A draft asks for nothing yet.', '/invoice_id', 'wrong_state');
    ELSIF NOT p_charged AND v_invoice.status = 'void' THEN
        PERFORM base.raise('ZBSTA', 'The invoice is void.', '/invoice_id', 'wrong_state');
    END IF;
    RETURN QUERY
    SELECT v_payer, v_entity, v_currency, v_today, payment.open_print(v_payer, v_entity, v_currency),
           i.id, i.issue_date, i.due_date, i.amount_due, i.exchange_rate::text, i.payable - i.amount_due, c.exponent, b.exponent
      FROM base.currency c
      LEFT JOIN base.currency b ON b.code = v_base AND v_base <> v_currency
      LEFT JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.account_id = v_payer
           AND i.entity_id = v_entity AND i.currency = v_currency AND i.amount_due > 0
           AND i.status IN ('open', 'partially_paid') AND (p_invoice IS NULL OR i.id = p_invoice)
     WHERE c.code = v_currency
     ORDER BY i.due_date, i.finalized_at, i.id;
END
$$;

GRANT EXECUTE ON FUNCTION payment.open_items(uuid, text, uuid, boolean) TO billfold_program;
