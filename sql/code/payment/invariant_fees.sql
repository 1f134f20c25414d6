-- payment.invariant_fees(): what processors of any tenant kept and the journal does not say, or says otherwise; no row when all is well.
CREATE FUNCTION payment.invariant_fees() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    WITH kept AS (
        SELECT f.tenant_id, coalesce(f.payment_id, f.attempt_id) AS document_id, f.payment_id IS NULL AS of_attempt, f.currency,
               sum(f.amount) AS amount, sum(f.base_amount) AS worth
          FROM payment.fee f GROUP BY 1, 2, 3, 4),
    booked AS (
        SELECT e.tenant_id, e.document_id, e.document_kind = 'payment_attempt' AS of_attempt, l.currency, sum(l.debit - l.credit) AS amount,
               sum(l.base_debit - l.base_credit) AS worth
          FROM ledger.entry e
          JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id AND l.account_code = '6100'
         WHERE e.document_kind IN ('payment', 'payment_attempt') AND e.event = 'fee'
         GROUP BY 1, 2, 3, 4)
    SELECT coalesce(k.tenant_id, b.tenant_id), CASE WHEN coalesce(k.of_attempt, b.of_attempt) THEN 'payment.attempt' ELSE 'payment.payment' END,
           coalesce(k.document_id, b.document_id)::text,
           format('its processor kept %s %s, worth %s; by the journal %s, worth %s', coalesce(k.amount, 0), coalesce(k.currency, b.currency),
                  k.worth, coalesce(b.amount, 0), b.worth)
      FROM kept k
      FULL JOIN booked b ON b.tenant_id = k.tenant_id AND b.document_id = k.document_id AND b.of_attempt = k.of_attempt
           AND b.currency = k.currency
     WHERE coalesce(k.amount, 0) <> coalesce(b.amount, 0) OR k.worth <> b.worth
$$;

COMMENT ON FUNCTION payment.invariant_fees() IS 'I4 what processors kept is booked, once';
