-- billing.invariant_credits(): what is wrong with what was given back; no row when all is well. What a document says is credited are its
-- final credit notes; no line has given back more, of net, tax or units, than it charged; a credit note and its original are of one payer,
-- seller and currency; what the customer was given beyond what was due is released by it, or is a credit of its own.
CREATE FUNCTION billing.invariant_credits() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT i.tenant_id, 'billing.invoice', i.id::text, format('credited %s, by its credit notes %s', i.credited, coalesce(c.amount, 0))
      FROM billing.invoice i
      LEFT JOIN (SELECT c.tenant_id, c.original_invoice_id, -sum(c.payable) AS amount FROM billing.invoice c
                  WHERE c.kind = 'credit' AND c.number IS NOT NULL AND c.status <> 'void' GROUP BY 1, 2) c
        ON c.tenant_id = i.tenant_id AND c.original_invoice_id = i.id
     WHERE i.credited <> coalesce(c.amount, 0)
    UNION ALL
    SELECT l.tenant_id, 'billing.invoice', l.invoice_id::text,
           format('line %s charged %s and %s tax, given back %s and %s, of %s units %s', l.id, l.net, l.tax, k.net, k.tax, l.quantity,
                  k.quantity)
      FROM (SELECT x.tenant_id, x.original_invoice_id, x.original_line_id, -sum(x.net) AS net, -sum(x.tax) AS tax,
                   coalesce(sum(x.original_quantity), 0) AS quantity, bool_and(c.kind = 'credit') AS exact
              FROM billing.invoice_line x
              JOIN billing.invoice c ON c.tenant_id = x.tenant_id AND c.id = x.invoice_id
             WHERE x.original_line_id IS NOT NULL AND c.number IS NOT NULL AND c.status <> 'void' AND c.kind IN ('credit', 'mixed', 'standard')
             GROUP BY 1, 2, 3) k
      JOIN billing.invoice_line l ON l.tenant_id = k.tenant_id AND l.invoice_id = k.original_invoice_id AND l.id = k.original_line_id
     WHERE sign(k.net) * sign(l.net) < 0 OR abs(k.net) > abs(l.net) OR k.quantity > abs(l.quantity)
        OR (k.exact AND (sign(k.tax) * sign(l.tax) < 0 OR abs(k.tax) > abs(l.tax)))
    UNION ALL
    SELECT c.tenant_id, 'billing.invoice', c.id::text, format('of account %s in %s, its original of account %s in %s', c.account_id,
           c.currency, o.account_id, o.currency)
      FROM billing.invoice c
      JOIN billing.invoice o ON o.tenant_id = c.tenant_id AND o.id = c.original_invoice_id
     WHERE (c.account_id, c.entity_id, c.currency) <> (o.account_id, o.entity_id, o.currency)
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', i.id::text, format('gives the customer %s, of which %s can be found', j.amount,
           coalesce(a.amount, p.amount, 0))
      FROM billing.invoice i
      JOIN (SELECT e.tenant_id, e.document_id, sum(l.credit - l.debit) AS amount
              FROM ledger.entry e JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id AND l.account_code = '2200'
             WHERE e.document_kind = 'invoice' GROUP BY 1, 2) j ON j.tenant_id = i.tenant_id AND j.document_id = i.id
      LEFT JOIN (SELECT a.tenant_id, a.credit_id, -sum(a.amount) AS amount FROM payment.allocation a WHERE a.credit_id IS NOT NULL
                  GROUP BY 1, 2) a ON a.tenant_id = i.tenant_id AND a.credit_id = i.id
      LEFT JOIN payment.payment p ON p.tenant_id = i.tenant_id AND p.invoice_id = i.id AND p.kind = 'credit'
     WHERE j.amount <> coalesce(a.amount, p.amount, 0)
$$;

COMMENT ON FUNCTION billing.invariant_credits() IS 'I6 no line gives back more than it charged, and what was credited are the credit notes';
