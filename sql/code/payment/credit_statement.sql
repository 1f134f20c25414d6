-- payment.credit_statement(account, from, to): what a customer has that no invoice has used, by seller and currency: what it was, each
-- movement with what is left after it, and what it is in the end. Movements are the journal's, found by the customer's documents.
-- Without days: the last 90. Raises ZB404 where there is no such account.
CREATE OR REPLACE FUNCTION payment.credit_statement(p_account uuid, p_from date, p_to date) RETURNS TABLE (statement json)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_to date := coalesce(p_to, base.business_today());
    v_from date := coalesce(p_from, v_to - 90);
BEGIN
    IF NOT EXISTS (SELECT FROM crm.account a WHERE a.tenant_id = base.tenant_id() AND a.id = p_account) THEN
        PERFORM base.raise('ZB404', 'No such account.');
    ELSIF v_from > v_to OR v_to - v_from > 366 THEN
        PERFORM base.raise('ZB422', 'A statement is of a year at the most.', '/from', 'out_of_range');
    END IF;
    RETURN QUERY
    WITH documents AS (
        SELECT p.id FROM payment.payment p WHERE p.tenant_id = base.tenant_id() AND p.account_id = p_account
        UNION ALL SELECT r.id FROM payment.refund r WHERE r.tenant_id = base.tenant_id() AND r.account_id = p_account
        UNION ALL SELECT d.id FROM payment.dispute d WHERE d.tenant_id = base.tenant_id() AND d.account_id = p_account
        UNION ALL SELECT i.id FROM billing.invoice i
                   WHERE i.tenant_id = base.tenant_id() AND i.account_id = p_account AND i.payable < 0),
    moved AS (
        SELECT e.entity_id, l.currency, e.entry_date, e.id, e.document_kind, e.document_id, e.event,
               sum(l.credit - l.debit)::bigint AS amount
          FROM documents d
          JOIN ledger.entry e ON e.tenant_id = base.tenant_id() AND e.document_id = d.id
          JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id AND l.account_code = '2200'
         WHERE e.entry_date <= v_to
         GROUP BY e.entity_id, l.currency, e.entry_date, e.id, e.document_kind, e.document_id, e.event),
    ran AS (
        SELECT m.*, sum(m.amount) OVER (PARTITION BY m.entity_id, m.currency ORDER BY m.entry_date, m.id)::bigint AS balance
          FROM moved m),
    balances AS (
        SELECT r.entity_id, r.currency, coalesce(sum(r.amount) FILTER (WHERE r.entry_date < v_from), 0)::bigint AS opening,
               sum(r.amount)::bigint AS closing,
               coalesce(json_agg(json_build_object('date', r.entry_date, 'entry_id', r.id, 'document_kind', r.document_kind,
                   'document_id', r.document_id, 'event', r.event, 'amount', r.amount, 'balance', r.balance)
                   ORDER BY r.entry_date, r.id) FILTER (WHERE r.entry_date >= v_from), '[]') AS movements
          FROM ran r GROUP BY r.entity_id, r.currency)
    SELECT json_build_object('object', 'account_credit', 'account_id', p_account, 'from', v_from, 'to', v_to,
        'balances', coalesce((SELECT json_agg(json_build_object('entity_id', b.entity_id, 'currency', b.currency, 'opening', b.opening,
            'closing', b.closing, 'movements', b.movements) ORDER BY b.entity_id, b.currency) FROM balances b), '[]'));
END
$$;

GRANT EXECUTE ON FUNCTION payment.credit_statement(uuid, date, date) TO billfold_api;
