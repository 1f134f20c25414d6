-- payment.dispute_facts(payment, ref): what is known of a dispute of a payment, and what it has taken. No id: nothing is known of it.
CREATE FUNCTION payment.dispute_facts(p_payment uuid, p_ref text)
RETURNS TABLE (id uuid, state text, withdrawn bigint, taken bigint)
LANGUAGE sql STABLE AS $$
    SELECT d.id, d.state, d.withdrawn, d.taken
      FROM (SELECT 1) one
      LEFT JOIN payment.dispute d ON d.tenant_id = base.tenant_id() AND d.payment_id = p_payment AND d.processor_ref = p_ref
$$;

GRANT EXECUTE ON FUNCTION payment.dispute_facts(uuid, text) TO billfold_paymentd;
