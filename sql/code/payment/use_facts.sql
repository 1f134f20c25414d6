-- payment.use_facts(payment, first): what is left of a payment, and on what it is used, this invoice first, then the last use: what taking money back that is gone
-- already is decided on. One row at least; each invoice that can be opened again is a row.
CREATE OR REPLACE FUNCTION payment.use_facts(p_payment uuid, p_first uuid)
RETURNS TABLE (unapplied bigint, invoice_id uuid, used bigint)
LANGUAGE sql STABLE AS $$
    SELECT p.unapplied, s.invoice_id, s.used
      FROM payment.payment p
      LEFT JOIN LATERAL (
            SELECT a.invoice_id, sum(a.amount)::bigint AS used, max(a.applied_on) AS day, max(a.id::text) AS last
              FROM payment.allocation a
              JOIN billing.invoice i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
               AND i.status IN ('open', 'partially_paid', 'paid')
             WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id
             GROUP BY a.invoice_id HAVING sum(a.amount) > 0) s ON true
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_payment
     ORDER BY s.invoice_id = p_first DESC NULLS LAST, s.day DESC, s.last DESC
$$;

GRANT EXECUTE ON FUNCTION payment.use_facts(uuid, uuid) TO billfold_paymentd;
