-- payment.credit_uses(invoices): the payments that these have used, the last use first: what a credit note releases; with what no invoice
-- has used of each, and its rate.
CREATE OR REPLACE FUNCTION payment.credit_uses(p_invoices uuid[])
RETURNS TABLE (invoice_id uuid, payment_id uuid, used bigint, kind text, by_hand boolean, last_day date, unapplied bigint,
    exchange_rate text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF cardinality(p_invoices) > 0 THEN
        RETURN QUERY
        SELECT a.invoice_id, a.payment_id, sum(a.amount)::bigint, p.kind, p.attempt_id IS NULL, max(a.applied_on), p.unapplied,
               p.exchange_rate::text
          FROM payment.allocation a
          JOIN payment.payment p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
         WHERE a.tenant_id = base.tenant_id() AND a.invoice_id = ANY (p_invoices)
         GROUP BY a.invoice_id, a.payment_id, p.kind, p.attempt_id, p.unapplied, p.exchange_rate
        HAVING sum(a.amount) > 0
         ORDER BY a.invoice_id, max(a.applied_on) DESC, max(a.id::text) DESC;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.credit_uses(uuid[]) TO billfold_api, billfold_invoiced;
