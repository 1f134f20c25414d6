-- payment.fee_facts(attempt): in what the fees of an attempt, or of its payment, are worth something: its currency and the seller's own,
-- and the payment's rate; of one that is not there (yet) the invoice's. booked, converted: the bookings whose fees, and whose conversions, are known.
CREATE FUNCTION payment.fee_facts(p_attempt uuid)
RETURNS TABLE (currency text, exponent smallint, base_currency text, base_exponent smallint, exchange_rate text, booked text,
    converted text)
LANGUAGE sql STABLE AS $$
    SELECT a.currency, u.exponent, e.base_currency, b.exponent, coalesce(p.exchange_rate, i.exchange_rate)::text,
           (SELECT string_agg(f.ref, ',') FROM payment.fee f
             WHERE f.tenant_id = a.tenant_id AND (f.payment_id = p.id OR f.attempt_id = a.id)),
           (SELECT string_agg(c.ref, ',') FROM payment.conversion c WHERE c.tenant_id = p.tenant_id AND c.payment_id = p.id)
      FROM payment.attempt a
      JOIN billing.invoice i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
      JOIN tenant.entity e ON e.tenant_id = i.tenant_id AND e.id = i.entity_id
      JOIN base.currency u ON u.code = a.currency
      JOIN base.currency b ON b.code = e.base_currency
      LEFT JOIN payment.payment p ON p.tenant_id = a.tenant_id AND p.attempt_id = a.id
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt
$$;

GRANT EXECUTE ON FUNCTION payment.fee_facts(uuid) TO billfold_paymentd;
