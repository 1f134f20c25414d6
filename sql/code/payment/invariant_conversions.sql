-- payment.invariant_conversions(): what processors of any tenant exchanged and the journal does not say, or says otherwise; no row when all is well.
CREATE FUNCTION payment.invariant_conversions() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    WITH made AS (
        SELECT c.tenant_id, c.payment_id, s.currency, sum(s.amount) AS amount, sum(s.worth) AS worth
          FROM payment.conversion c
          JOIN payment.payment p ON p.tenant_id = c.tenant_id AND p.id = c.payment_id
         CROSS JOIN LATERAL (VALUES (p.currency, c.amount, c.base_amount), (c.currency, -c.settled, -c.base_amount)) s (currency, amount, worth)
         GROUP BY 1, 2, 3),
    booked AS (
        SELECT e.tenant_id, e.document_id AS payment_id, l.currency, sum(l.debit - l.credit) AS amount, sum(l.base_debit - l.base_credit) AS worth,
               count(*) = count(l.base_debit) AS known
          FROM ledger.entry e
          JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id AND l.account_code = '1040'
         WHERE e.document_kind = 'payment' AND e.event = 'converted'
         GROUP BY 1, 2, 3)
    SELECT coalesce(m.tenant_id, b.tenant_id), 'payment.payment', coalesce(m.payment_id, b.payment_id)::text,
           format('its processor exchanged %s %s, worth %s; by the journal %s, worth %s', coalesce(m.amount, 0), coalesce(m.currency, b.currency),
                  m.worth, coalesce(b.amount, 0), b.worth)
      FROM made m
      FULL JOIN booked b ON b.tenant_id = m.tenant_id AND b.payment_id = m.payment_id AND b.currency = m.currency
     WHERE coalesce(m.amount, 0) <> coalesce(b.amount, 0) OR (b.known AND m.worth <> b.worth)
$$;

COMMENT ON FUNCTION payment.invariant_conversions() IS 'I4 what processors exchanged is booked, once';
