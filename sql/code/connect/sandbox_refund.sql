-- connect.sandbox_refund(key, charge, amount): the sandbox processor is asked to give back of a charge. Its ledger decides once
-- a key, one at a time a charge; the same key with another content is refused (ZB409). Never more than it took; a charge
-- of the token sandbox_refund_fail gives nothing back. Returns the ledger's row, and the charge's token.
CREATE FUNCTION connect.sandbox_refund(p_key text, p_charge text, p_amount bigint)
RETURNS TABLE (id uuid, key text, amount bigint, state text, code text, token text)
LANGUAGE plpgsql AS $$
DECLARE
    c connect.sandbox_charge;
    v connect.sandbox_refund;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('sandbox_refund:' || base.tenant_id() || p_charge, 0));
    SELECT x.* INTO c FROM connect.sandbox_charge x WHERE x.tenant_id = base.tenant_id() AND x.key = p_charge;
    IF c.state IS DISTINCT FROM 'succeeded' THEN
        PERFORM base.raise('ZB409', 'There is no such charge.');
    END IF;
    INSERT INTO connect.sandbox_refund (key, charge_key, amount, state, code)
    SELECT p_key, p_charge, p_amount, CASE WHEN s.code IS NULL THEN 'succeeded' ELSE 'failed' END, s.code
      FROM (SELECT CASE WHEN c.token = 'sandbox_refund_fail' THEN 'expired_or_canceled_card'
                   WHEN p_amount > c.amount - (SELECT coalesce(sum(x.amount), 0) FROM connect.sandbox_refund x
                        WHERE x.tenant_id = c.tenant_id AND x.charge_key = c.key AND x.state = 'succeeded')
                   THEN 'more_than_was_charged' END AS code) s
    ON CONFLICT ON CONSTRAINT sandbox_refund_key_key DO NOTHING;
    SELECT x.* INTO v FROM connect.sandbox_refund x WHERE x.tenant_id = c.tenant_id AND x.key = p_key;
    IF (v.charge_key, v.amount) IS DISTINCT FROM (p_charge, p_amount) THEN
        PERFORM base.raise('ZB409', 'This key was used for another refund.');
    END IF;
    RETURN QUERY SELECT v.id, v.key, v.amount, v.state, v.code, c.token;
END
$$;

GRANT EXECUTE ON FUNCTION connect.sandbox_refund(text, text, bigint) TO billfold_paymentd;
