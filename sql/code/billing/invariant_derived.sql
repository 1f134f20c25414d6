-- billing.invariant_derived(): what is derived and differs from what it is derived from; no row when all is
-- well. Totals are the sums of lines and taxes, a status follows from what settles the document, a deal's billing
-- status from its documents, and the customers' accounts of the journal from documents and payments.
CREATE FUNCTION billing.invariant_derived() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT i.tenant_id, 'billing.invoice', i.id::text,
           format('totals %s / %s / %s / %s, of its lines %s / %s / %s / %s', i.subtotal, i.discount_total, i.net_total, i.tax_total,
                  coalesce(l.amount, 0), coalesce(l.discount, 0), coalesce(l.net, 0), coalesce(l.tax, 0))
      FROM billing.invoice i
      LEFT JOIN (SELECT l.tenant_id, l.invoice_id, sum(l.amount) AS amount, sum(l.discount) AS discount, sum(l.net) AS net,
                        sum(l.tax) AS tax FROM billing.invoice_line l GROUP BY 1, 2) l
        ON l.tenant_id = i.tenant_id AND l.invoice_id = i.id
     WHERE (i.subtotal, i.discount_total, i.net_total, i.tax_total)
           <> (coalesce(l.amount, 0), coalesce(l.discount, 0), coalesce(l.net, 0), coalesce(l.tax, 0))
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', i.id::text,
           format('net %s and tax %s, of its taxes %s and %s; total %s, rounding %s, payable %s', i.net_total, i.tax_total,
                  coalesce(t.base, 0), coalesce(t.tax, 0), i.total, i.rounding, i.payable)
      FROM billing.invoice i
      LEFT JOIN (SELECT t.tenant_id, t.invoice_id, sum(t.base) AS base, sum(t.tax) AS tax
                   FROM billing.invoice_tax t GROUP BY 1, 2) t ON t.tenant_id = i.tenant_id AND t.invoice_id = i.id
     WHERE (i.net_total, i.tax_total) <> (coalesce(t.base, 0), coalesce(t.tax, 0))
        OR i.total <> i.net_total + i.tax_total OR i.payable <> i.total + i.rounding
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', i.id::text,
           format('%s, with %s due of %s, %s paid, %s credited, %s written off', i.status, i.amount_due, i.payable, i.paid,
                  i.credited, i.written_off)
      FROM billing.invoice i
     WHERE NOT CASE i.status
               WHEN 'open' THEN i.amount_due > 0 AND i.paid = 0
               WHEN 'partially_paid' THEN i.amount_due > 0 AND i.paid > 0
               WHEN 'paid' THEN i.amount_due = 0 AND i.written_off = 0
               WHEN 'uncollectible' THEN i.amount_due = 0 AND i.written_off > 0
               ELSE (i.paid, i.credited, i.written_off) = (0, 0, 0) END
    UNION ALL
    SELECT d.tenant_id, 'crm.deal', d.id::text, format('billing status %s, by its documents %s', d.billing_status, s.status)
      FROM crm.deal d
      JOIN (SELECT i.tenant_id, i.deal_id, CASE
                   WHEN bool_and(i.payable > 0 AND i.credited >= i.payable) THEN 'none'
                   WHEN bool_or(i.status IN ('draft', 'pending_approval')) THEN 'draft'
                   WHEN bool_and(i.status = 'paid') THEN 'paid'
                   WHEN bool_or(i.paid > 0 AND NOT (i.payable > 0 AND i.credited >= i.payable)) THEN 'partially_paid'
                   ELSE 'invoiced' END AS status
              FROM billing.invoice i WHERE i.deal_id IS NOT NULL AND i.status <> 'void' GROUP BY 1, 2) s
        ON s.tenant_id = d.tenant_id AND s.deal_id = d.id
     WHERE d.billing_status <> s.status
    UNION ALL
    SELECT coalesce(j.tenant_id, o.tenant_id), 'crm.account', coalesce(j.account_id, o.account_id)::text,
           format('owes %s %s by its documents, %s by the journal', coalesce(o.due, 0), coalesce(j.currency, o.currency),
                  coalesce(j.balance, 0))
      FROM (SELECT l.tenant_id, l.customer_account_id AS account_id, l.currency, sum(l.debit) - sum(l.credit) AS balance
              FROM ledger.line l WHERE l.account_code = '1100' GROUP BY 1, 2, 3) j
      FULL JOIN (SELECT i.tenant_id, i.account_id, i.currency, sum(i.amount_due) AS due
                   FROM billing.invoice i WHERE i.number IS NOT NULL AND i.kind <> 'pro_forma' GROUP BY 1, 2, 3) o
        ON o.tenant_id = j.tenant_id AND o.account_id = j.account_id AND o.currency = j.currency
     WHERE coalesce(j.balance, 0) <> coalesce(o.due, 0)
    UNION ALL
    SELECT coalesce(j.tenant_id, o.tenant_id), 'crm.account', coalesce(j.account_id, o.account_id)::text,
           format('has %s %s unused by its payments, %s by the journal', coalesce(o.unapplied, 0),
                  coalesce(j.currency, o.currency), coalesce(j.balance, 0))
      FROM (SELECT l.tenant_id, l.customer_account_id AS account_id, l.currency, sum(l.credit) - sum(l.debit) AS balance
              FROM ledger.line l WHERE l.account_code = '2200' GROUP BY 1, 2, 3) j
      FULL JOIN (SELECT p.tenant_id, p.account_id, p.currency, sum(p.unapplied) AS unapplied
                   FROM payment.payment p GROUP BY 1, 2, 3) o
        ON o.tenant_id = j.tenant_id AND o.account_id = j.account_id AND o.currency = j.currency
     WHERE coalesce(j.balance, 0) <> coalesce(o.unapplied, 0)
$$;

COMMENT ON FUNCTION billing.invariant_derived() IS 'I7 totals, statuses and balances are what their rows say';
