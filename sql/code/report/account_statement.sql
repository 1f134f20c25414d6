-- report.account_statement(account, from, to, children): what an account owes, by seller and currency: before the first day, each
-- movement with what is owed after it, after the last; and the documents behind it, each with the debit and credit notes of its own, as they
-- stood on the last day. opening + invoices + debits - credits - payments = closing, and closing = due - unapplied. Movements are
-- the journal's, found by the customer's documents; using money on an invoice moves nothing between customer and seller, and is none. With
-- children: of the accounts below it too. Without days: the last 90. Raises ZB404 where there is no such account.
-- requires: crm.account_set
CREATE FUNCTION report.account_statement(p_account uuid, p_from date, p_to date, p_children boolean) RETURNS TABLE (statement json)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_to date := coalesce(p_to, base.business_today());
    v_from date := coalesce(p_from, v_to - 90);
    v_accounts uuid[] := crm.account_set(p_account, p_children);
BEGIN
    IF v_accounts = '{}' THEN
        PERFORM base.raise('ZB404', 'No such account.');
    ELSIF v_from > v_to OR v_to - v_from > 366 THEN
        PERFORM base.raise('ZB422', 'A statement is of a year at the most.', '/from', 'out_of_range');
    END IF;
    RETURN QUERY
    WITH papers AS (
        SELECT i.id, CASE WHEN i.kind = 'debit' THEN 'debit' WHEN i.payable < 0 THEN 'credit' ELSE 'invoice' END AS sort, i.number, i.kind
          FROM billing.invoice i WHERE i.tenant_id = v_tenant AND i.account_id = ANY (v_accounts) AND i.number IS NOT NULL
        UNION ALL
        SELECT p.id, 'payment', NULL, NULL FROM payment.payment p WHERE p.tenant_id = v_tenant AND p.account_id = ANY (v_accounts)
        UNION ALL
        SELECT r.id, 'payment', NULL, NULL FROM payment.refund r WHERE r.tenant_id = v_tenant AND r.account_id = ANY (v_accounts)
        UNION ALL
        SELECT d.id, 'payment', NULL, NULL FROM payment.dispute d WHERE d.tenant_id = v_tenant AND d.account_id = ANY (v_accounts)),
    moved AS (
        SELECT e.entity_id, l.currency, e.entry_date, e.id, p.sort, e.document_kind, e.document_id, p.number, p.kind, e.event,
               sum(l.debit - l.credit)::bigint AS amount,
               coalesce(sum(l.credit - l.debit) FILTER (WHERE l.account_code = '2200'), 0)::bigint AS unapplied
          FROM papers p
          JOIN ledger.entry e ON e.tenant_id = v_tenant AND e.document_id = p.id AND e.entry_date <= v_to
          JOIN ledger.line l ON l.tenant_id = v_tenant AND l.entry_id = e.id AND l.account_code IN ('1100', '2200')
         GROUP BY e.entity_id, l.currency, e.entry_date, e.id, p.sort, e.document_kind, e.document_id, p.number, p.kind, e.event),
    ran AS (
        SELECT m.*, sum(m.amount) OVER (PARTITION BY m.entity_id, m.currency ORDER BY m.entry_date, m.id)::bigint AS balance
          FROM moved m),
    sums AS (
        SELECT r.entity_id, r.currency,
               coalesce(sum(r.amount) FILTER (WHERE r.entry_date < v_from), 0)::bigint AS opening,
               coalesce(sum(r.amount) FILTER (WHERE r.entry_date >= v_from AND r.sort = 'invoice'), 0)::bigint AS invoices,
               coalesce(sum(r.amount) FILTER (WHERE r.entry_date >= v_from AND r.sort = 'debit'), 0)::bigint AS debits,
               coalesce(-sum(r.amount) FILTER (WHERE r.entry_date >= v_from AND r.sort = 'credit'), 0)::bigint AS credits,
               coalesce(-sum(r.amount) FILTER (WHERE r.entry_date >= v_from AND r.sort = 'payment'), 0)::bigint AS payments,
               sum(r.amount)::bigint AS closing, sum(r.unapplied)::bigint AS unapplied,
               coalesce(json_agg(json_build_object('date', r.entry_date, 'entry_id', r.id, 'document_kind', r.document_kind,
                   'document_id', r.document_id, 'number', r.number, 'kind', r.kind, 'event', r.event, 'amount', r.amount, 'balance', r.balance)
                   ORDER BY r.entry_date, r.id) FILTER (WHERE r.entry_date >= v_from AND r.amount <> 0), '[]') AS movements
          FROM ran r GROUP BY r.entity_id, r.currency),
    -- Documents as they stood on the last day: what they asked for, what was credited and paid by then.
    stood AS (
        SELECT i.id, i.entity_id, i.currency, i.kind, i.number, i.issue_date, i.due_date, i.original_invoice_id,
               CASE WHEN i.status = 'void' THEN coalesce((SELECT sum(m.amount) FROM moved m WHERE m.document_id = i.id), 0) ELSE i.payable END::bigint AS payable,
               coalesce((SELECT -sum(c.payable) FROM billing.invoice c
                   WHERE c.tenant_id = v_tenant AND c.original_invoice_id = i.id AND c.kind = 'credit' AND c.number IS NOT NULL
                     AND c.status <> 'void' AND c.issue_date <= v_to), 0)::bigint AS credited,
               coalesce(a.amount, 0)::bigint AS paid, a.last_on
          FROM billing.invoice i
          LEFT JOIN LATERAL (SELECT sum(x.amount) AS amount, max(x.applied_on) AS last_on FROM payment.allocation x
              WHERE x.tenant_id = v_tenant AND x.invoice_id = i.id AND x.applied_on <= v_to) a ON true
         WHERE i.tenant_id = v_tenant AND i.account_id = ANY (v_accounts) AND i.number IS NOT NULL AND i.issue_date <= v_to),
    open AS (
        SELECT s.*, CASE WHEN s.payable < 0 THEN 0 ELSE s.payable - s.credited - s.paid END AS due FROM stood s),
    listed AS (
        SELECT o.entity_id, o.currency, o.original_invoice_id, o.id, o.issue_date, o.number, o.due,
               o.due > 0 OR o.issue_date >= v_from OR o.last_on >= v_from AS fresh,
               json_build_object('invoice_id', o.id, 'number', o.number, 'kind', o.kind, 'issue_date', o.issue_date,
                   'due_date', o.due_date, 'payable', o.payable, 'credited', o.credited, 'paid', o.paid, 'amount_due', o.due,
                   'days_overdue', CASE WHEN o.due > 0 THEN greatest(v_to - o.due_date, 0) ELSE 0 END)::jsonb AS body
          FROM open o),
    grouped AS (
        SELECT o.entity_id, o.currency,
               json_agg(o.body || jsonb_build_object('adjustments', n.notes) ORDER BY o.issue_date, o.number)
                   FILTER (WHERE o.fresh OR n.fresh) AS documents
          FROM listed o
          CROSS JOIN LATERAL (SELECT coalesce(jsonb_agg(l.body ORDER BY l.issue_date, l.number), '[]') AS notes, bool_or(l.fresh) AS fresh
              FROM listed l WHERE l.original_invoice_id = o.id) n
         WHERE o.original_invoice_id IS NULL GROUP BY o.entity_id, o.currency),
    dues AS (SELECT o.entity_id, o.currency, sum(o.due)::bigint AS due,
                    coalesce(sum(o.due) FILTER (WHERE o.due_date < v_to), 0)::bigint AS overdue
               FROM open o GROUP BY o.entity_id, o.currency)
    SELECT json_build_object('object', 'account_statement', 'account_id', p_account, 'from', v_from, 'to', v_to,
        'include_children', p_children,
        'balances', coalesce((
            SELECT json_agg(json_build_object('entity_id', s.entity_id, 'currency', s.currency, 'opening', s.opening,
                       'invoices', s.invoices, 'debits', s.debits, 'credits', s.credits, 'payments', s.payments, 'closing', s.closing,
                       'due', coalesce(d.due, 0), 'overdue', coalesce(d.overdue, 0), 'unapplied', s.unapplied,
                       'movements', s.movements, 'documents', coalesce(g.documents, '[]')) ORDER BY s.entity_id, s.currency)
              FROM sums s LEFT JOIN grouped g USING (entity_id, currency) LEFT JOIN dues d USING (entity_id, currency)), '[]'));
END
$$;

GRANT EXECUTE ON FUNCTION report.account_statement(uuid, date, date, boolean) TO billfold_api;
