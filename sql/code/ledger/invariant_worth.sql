-- ledger.invariant_worth(): whose balance, of any tenant, is worth something else in the seller's own currency than what is open; no
-- row when all is well. A receivable is worth what is left of each document at its own rate, a credit what is left of each payment at
-- its own: what settles takes off exactly that, and the rest is gained or lost by exchange. Balances with lines or with open documents
-- without a rate are left out.
CREATE FUNCTION ledger.invariant_worth() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    WITH rates AS (
        SELECT e.tenant_id, e.id AS entity_id, e.base_currency, c.code AS currency, power(10::numeric, b.exponent - c.exponent) AS scale,
               CASE WHEN c.code = e.base_currency THEN 1 END AS own
          FROM tenant.entity e
          JOIN base.currency b ON b.code = e.base_currency
         CROSS JOIN base.currency c),
    open AS (
        SELECT i.tenant_id, i.entity_id, i.account_id, i.currency, '1100' AS code,
               sum(round(i.payable * coalesce(r.own, i.exchange_rate) * r.scale)
                   - round((i.payable - i.amount_due) * coalesce(r.own, i.exchange_rate) * r.scale)) AS worth,
               count(*) <> count(coalesce(r.own, i.exchange_rate)) AS unknown
          FROM billing.invoice i
          JOIN rates r ON r.tenant_id = i.tenant_id AND r.entity_id = i.entity_id AND r.currency = i.currency
         WHERE i.number IS NOT NULL AND i.kind <> 'pro_forma' AND i.amount_due > 0
         GROUP BY 1, 2, 3, 4
         UNION ALL
        SELECT p.tenant_id, p.entity_id, p.account_id, p.currency, '2200',
               -sum(round(p.unapplied * coalesce(r.own, p.exchange_rate) * r.scale)),
               count(*) <> count(coalesce(r.own, p.exchange_rate))
          FROM payment.payment p
          JOIN rates r ON r.tenant_id = p.tenant_id AND r.entity_id = p.entity_id AND r.currency = p.currency
         WHERE p.unapplied > 0
         GROUP BY 1, 2, 3, 4),
    booked AS (
        SELECT l.tenant_id, e.entity_id, l.customer_account_id AS account_id, l.currency, l.account_code AS code,
               sum(l.base_debit - l.base_credit) AS worth
          FROM ledger.line l
          JOIN ledger.entry e ON e.tenant_id = l.tenant_id AND e.id = l.entry_id
         WHERE l.account_code IN ('1100', '2200')
         GROUP BY 1, 2, 3, 4, 5
        HAVING count(*) = count(l.base_debit))
    SELECT b.tenant_id, 'crm.account', b.account_id::text,
           format('%s in %s is worth %s by the journal, %s by what is open', CASE b.code WHEN '1100' THEN 'what is due' ELSE 'what is unused' END,
                  b.currency, b.worth, coalesce(o.worth, 0))
      FROM booked b
      LEFT JOIN open o ON o.tenant_id = b.tenant_id AND o.entity_id = b.entity_id AND o.account_id = b.account_id
           AND o.currency = b.currency AND o.code = b.code
     WHERE b.worth <> coalesce(o.worth, 0) AND NOT coalesce(o.unknown, false)
$$;

COMMENT ON FUNCTION ledger.invariant_worth() IS 'I1 what customers owe and have is worth what their documents say, in the seller''s own currency';
