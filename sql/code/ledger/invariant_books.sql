-- ledger.invariant_books(): what is wrong with the journal of any tenant; no row when all is well. Every entry
-- balances in its currency and in base currency, has lines on accounts of the chart and a document, and lies in a period
-- that was open when it was written; every document that books has its entry once.
-- requires: base.business_now
CREATE FUNCTION ledger.invariant_books() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT l.tenant_id, 'ledger.entry', l.entry_id::text,
           format('debits %s and credits %s in %s differ', sum(l.debit), sum(l.credit), l.currency)
      FROM ledger.line l GROUP BY l.tenant_id, l.entry_id, l.currency HAVING sum(l.debit) <> sum(l.credit)
    UNION ALL
    SELECT l.tenant_id, 'ledger.entry', l.entry_id::text, 'debits and credits in base currency differ'
      FROM ledger.line l GROUP BY l.tenant_id, l.entry_id
    HAVING sum(l.base_debit) <> sum(l.base_credit) OR count(l.base_debit) NOT IN (0, count(*))
    UNION ALL
    SELECT e.tenant_id, 'ledger.entry', e.id::text, 'the entry has no lines'
      FROM ledger.entry e
     WHERE NOT EXISTS (SELECT FROM ledger.line l WHERE l.tenant_id = e.tenant_id AND l.entry_id = e.id)
    UNION ALL
    SELECT l.tenant_id, 'ledger.line', l.entry_id || '/' || l.position, format('account %s is not in the chart', l.account_code)
      FROM ledger.line l WHERE NOT EXISTS (SELECT FROM ledger.chart_account c WHERE c.code = l.account_code)
    UNION ALL
    SELECT e.tenant_id, 'ledger.entry', e.id::text, format('its document, the %s %s, does not exist', e.document_kind, e.document_id)
      FROM ledger.entry e
      LEFT JOIN billing.invoice i ON e.document_kind = 'invoice' AND i.tenant_id = e.tenant_id AND i.id = e.document_id
      LEFT JOIN payment.payment p ON e.document_kind = 'payment' AND p.tenant_id = e.tenant_id AND p.id = e.document_id
      LEFT JOIN payment.refund r ON e.document_kind = 'refund' AND r.tenant_id = e.tenant_id AND r.id = e.document_id
      LEFT JOIN payment.dispute d ON e.document_kind = 'dispute' AND d.tenant_id = e.tenant_id AND d.id = e.document_id
      LEFT JOIN payment.attempt a ON e.document_kind = 'payment_attempt' AND a.tenant_id = e.tenant_id AND a.id = e.document_id
      LEFT JOIN ledger.revaluation v ON e.document_kind = 'revaluation' AND v.tenant_id = e.tenant_id AND v.id = e.document_id
     WHERE i.id IS NULL AND p.id IS NULL AND r.id IS NULL AND d.id IS NULL AND a.id IS NULL AND v.id IS NULL
    UNION ALL
    -- The lock was taken at recorded_at; a transaction that began after it has met it.
    SELECT e.tenant_id, 'ledger.entry', e.id::text,
           format('dated %s and written at %s, after the books were locked through %s', e.entry_date, e.created_at, k.through)
      FROM ledger.entry e
      JOIN LATERAL (
            SELECT max((a.after ->> 'locked_through')::date) AS through
              FROM ledger.period p
              JOIN audit.entry a ON a.tenant_id = p.tenant_id AND a.object_id = p.id AND a.object = 'ledger_period'
             WHERE p.tenant_id = e.tenant_id AND p.entity_id = e.entity_id AND a.recorded_at < e.created_at) k
        ON e.entry_date <= k.through
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', i.id::text,
           format('%s has %s entries for finalizing and %s for voiding', i.number,
                  count(e.id) FILTER (WHERE e.event = 'finalized'), count(e.id) FILTER (WHERE e.event = 'voided'))
      FROM billing.invoice i
      LEFT JOIN ledger.entry e ON e.tenant_id = i.tenant_id AND e.document_id = i.id AND e.document_kind = 'invoice'
     WHERE i.kind <> 'pro_forma'
     GROUP BY i.tenant_id, i.id, i.number, i.status, i.net_total, i.tax_total, i.rounding
    HAVING count(e.id) FILTER (WHERE e.event = 'finalized') <> CASE
               WHEN i.number IS NULL OR (i.net_total, i.tax_total, i.rounding) = (0, 0, 0) THEN 0 ELSE 1 END
        OR count(e.id) FILTER (WHERE e.event = 'voided') <> CASE
               WHEN i.status <> 'void' THEN 0 ELSE count(e.id) FILTER (WHERE e.event = 'finalized') END
    UNION ALL
    SELECT e.tenant_id, 'ledger.revaluation', e.document_id::text, format('leaves %s on account %s after its reversal', sum(l.debit - l.credit),
           l.account_code)
      FROM ledger.entry e
      JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id
     WHERE e.document_kind = 'revaluation'
     GROUP BY e.tenant_id, e.document_id, l.account_code HAVING sum(l.debit - l.credit) <> 0
    UNION ALL
    SELECT v.tenant_id, 'ledger.revaluation', v.id::text, format('says %s and has booked %s', v.difference, coalesce(-sum(l.debit - l.credit), 0))
      FROM ledger.revaluation v
      LEFT JOIN ledger.entry e ON e.tenant_id = v.tenant_id AND e.document_id = v.id AND e.event = 'revalued'
      LEFT JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id AND l.account_code = '4960'
     GROUP BY v.tenant_id, v.id, v.difference HAVING v.difference <> coalesce(-sum(l.debit - l.credit), 0)
    UNION ALL
    SELECT p.tenant_id, 'payment.payment', p.id::text, format('has %s entries for its receipt', count(e.id))
      FROM payment.payment p
      LEFT JOIN ledger.entry e ON e.tenant_id = p.tenant_id AND e.document_id = p.id AND e.document_kind = 'payment'
           AND e.event = 'received'
     GROUP BY p.tenant_id, p.id, p.kind HAVING count(e.id) <> CASE p.kind WHEN 'credit' THEN 0 ELSE 1 END
    UNION ALL
    SELECT r.tenant_id, 'payment.refund', r.id::text,
           format('is %s and has %s entries as created, %s as paid, %s as failed', r.state, count(e.id) FILTER (WHERE e.event = 'created'),
                  count(e.id) FILTER (WHERE e.event = 'paid'), count(e.id) FILTER (WHERE e.event = 'failed'))
      FROM payment.refund r
      LEFT JOIN ledger.entry e ON e.tenant_id = r.tenant_id AND e.document_id = r.id AND e.document_kind = 'refund'
     GROUP BY r.tenant_id, r.id, r.state, r.processor, r.succeeded_at, r.failed_at
    HAVING count(e.id) FILTER (WHERE e.event = 'created') <> 1
        OR count(e.id) FILTER (WHERE e.event = 'paid') <> (r.processor IS NOT NULL AND r.succeeded_at IS NOT NULL)::integer
        OR count(e.id) FILTER (WHERE e.event = 'failed') <> (r.failed_at IS NOT NULL)::integer
    UNION ALL
    SELECT d.tenant_id, 'payment.dispute', d.id::text, format('is %s with %s of %s withdrawn, and the journal has %s with the bank',
           d.state, d.withdrawn, d.amount, coalesce(sum(l.debit - l.credit), 0))
      FROM payment.dispute d
      LEFT JOIN ledger.entry e ON e.tenant_id = d.tenant_id AND e.document_id = d.id AND e.document_kind = 'dispute'
      LEFT JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id AND l.account_code = '1030'
     GROUP BY d.tenant_id, d.id, d.state, d.withdrawn, d.amount
    HAVING coalesce(sum(l.debit - l.credit), 0) <> d.withdrawn - CASE d.state WHEN 'lost' THEN d.amount ELSE 0 END
$$;

COMMENT ON FUNCTION ledger.invariant_books() IS 'I1 the journal balances, every entry has its document and an open period';
