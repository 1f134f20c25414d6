-- connect.sandbox_refunds(charge): what was given back of a charge, by the sandbox processor's ledger.
CREATE FUNCTION connect.sandbox_refunds(p_charge text)
RETURNS TABLE (id uuid, key text, amount bigint, state text, code text)
LANGUAGE sql STABLE AS $$
    SELECT r.id, r.key, r.amount, r.state, r.code FROM connect.sandbox_refund r
     WHERE r.tenant_id = base.tenant_id() AND r.charge_key = p_charge ORDER BY r.id
$$;

GRANT EXECUTE ON FUNCTION connect.sandbox_refunds(text) TO billfold_paymentd;
