-- connect.sandbox_lookup(key): what became of a charge, by the sandbox processor's ledger. No row: never heard of it.
CREATE FUNCTION connect.sandbox_lookup(p_key text)
RETURNS TABLE (id uuid, token text, state text, decline_class text, decline_code text, disputed boolean)
LANGUAGE sql STABLE AS $$
    SELECT c.id, c.token, c.state, c.decline_class, c.decline_code, c.disputed
      FROM connect.sandbox_charge c WHERE c.tenant_id = base.tenant_id() AND c.key = p_key
$$;

GRANT EXECUTE ON FUNCTION connect.sandbox_lookup(text) TO billfold_paymentd;
