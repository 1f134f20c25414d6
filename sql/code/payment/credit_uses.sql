-- payment.credit_uses(invoices): the payments that these have used, the last use first: what a credit note releases.
CREATE OR REPLACE FUNCTION payment.credit_uses(p_invoices uuid[])
RETURNS TABLE (invoice_id uuid, payment_id uuid, used bigint, kind text, by_hand boolean, last_day date)
LANGUAGE sql STABLE AS $$
    SELECT a.invoice_id, a.payment_id, sum(a.amount)::bigint, p.kind, p.attempt_id IS NULL, max(a.applied_on)
      -- By themselves: see billing.credit_facts.
      FROM (SELECT p_invoices AS ids OFFSET 0) w
      JOIN payment.allocation a ON a.tenant_id = base.tenant_id() AND a.invoice_id = ANY (w.ids)
      JOIN payment.payment p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
     GROUP BY a.invoice_id, a.payment_id, p.kind, p.attempt_id
    HAVING sum(a.amount) > 0
     ORDER BY a.invoice_id, max(a.applied_on) DESC, max(a.id::text) DESC
$$;

GRANT EXECUTE ON FUNCTION payment.credit_uses(uuid[]) TO billfold_api, billfold_invoiced;
