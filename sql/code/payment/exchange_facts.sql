-- payment.exchange_facts(payment, invoice): what a payment in a foreign currency and the invoices that used it, and this one, are
-- worth in its seller's own: the rates, what no invoice uses and what is settled of each. No row where it is in the seller's
-- own currency; no rate where none is known.
CREATE FUNCTION payment.exchange_facts(p_payment uuid, p_invoice uuid)
RETURNS TABLE (exchange_rate text, exponent smallint, base_exponent smallint, unapplied bigint, invoice_id uuid, invoice_rate text,
    settled bigint)
LANGUAGE sql STABLE AS $$
    SELECT p.exchange_rate::text, c.exponent, b.exponent, p.unapplied, i.id, i.exchange_rate::text, i.payable - i.amount_due
      FROM payment.payment p
      JOIN tenant.entity e ON e.tenant_id = p.tenant_id AND e.id = p.entity_id AND e.base_currency <> p.currency
      JOIN base.currency c ON c.code = p.currency
      JOIN base.currency b ON b.code = e.base_currency
      LEFT JOIN LATERAL (SELECT a.invoice_id FROM payment.allocation a WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id
            UNION SELECT p_invoice) u ON true
      LEFT JOIN billing.invoice i ON i.tenant_id = p.tenant_id AND i.id = u.invoice_id
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_payment
$$;

GRANT EXECUTE ON FUNCTION payment.exchange_facts(uuid, uuid) TO billfold_program;
