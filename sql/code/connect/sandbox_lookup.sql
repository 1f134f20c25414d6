-- connect.sandbox_lookup(key): what became of a charge, by the sandbox processor's ledger; a debit's bank speaks once its days are over. No
-- row: never heard of it.
CREATE FUNCTION connect.sandbox_lookup(p_key text)
RETURNS TABLE (id uuid, token text, state text, decline_class text, decline_code text, disputed boolean)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE connect.sandbox_charge c
       SET state = CASE c.token WHEN 'sandbox_debit_fail' THEN 'declined' ELSE 'succeeded' END,
           decline_class = CASE c.token WHEN 'sandbox_debit_fail' THEN 'soft' END,
           decline_code = CASE c.token WHEN 'sandbox_debit_fail' THEN 'insufficient_funds' END
     WHERE c.tenant_id = base.tenant_id() AND c.key = p_key AND c.state = 'processing' AND c.settles_at <= base.business_now();
    RETURN QUERY
    SELECT c.id, c.token, c.state, c.decline_class, c.decline_code, c.disputed
      FROM connect.sandbox_charge c WHERE c.tenant_id = base.tenant_id() AND c.key = p_key;
END
$$;

GRANT EXECUTE ON FUNCTION connect.sandbox_lookup(text) TO billfold_paymentd;
