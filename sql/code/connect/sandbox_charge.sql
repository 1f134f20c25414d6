-- connect.sandbox_charge(key, token, amount, currency): the sandbox processor is asked to charge. Its ledger decides
-- once a key; the same key with another content is refused (ZB409). Returns the ledger's row. A debit is with its bank for five days of
-- business time, and is looked for again then: a processor of the real world would tell.
-- requires: job.schedule_put
CREATE FUNCTION connect.sandbox_charge(p_key text, p_token text, p_amount bigint, p_currency text)
RETURNS TABLE (id uuid, token text, state text, decline_class text, decline_code text, disputed boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v connect.sandbox_charge;
BEGIN
    INSERT INTO connect.sandbox_charge (key, token, amount, currency, state, decline_class, decline_code, disputed, settles_at)
    SELECT p_key, p_token, p_amount, p_currency, r.state, r.class, r.code, p_token = 'sandbox_dispute',
           CASE r.state WHEN 'processing' THEN base.business_now() + interval '5 days' END
      FROM (SELECT CASE WHEN p_token IN ('sandbox_debit_ok', 'sandbox_debit_fail') THEN 'processing'
                        WHEN t.code IS NULL THEN 'succeeded' ELSE 'declined' END AS state, t.code,
                   CASE WHEN t.code = 'insufficient_funds' THEN 'soft' WHEN t.code IS NOT NULL THEN 'hard' END AS class
              FROM (SELECT CASE WHEN p_token IN ('sandbox_ok', 'sandbox_unknown', 'sandbox_dispute', 'sandbox_refund_fail',
                               'sandbox_debit_ok', 'sandbox_debit_fail') THEN NULL
                           WHEN p_token = 'sandbox_decline_soft' THEN 'insufficient_funds'
                           WHEN p_token = 'sandbox_decline_hard' THEN 'stolen_card' ELSE 'invalid_token' END AS code) t) r
    ON CONFLICT ON CONSTRAINT sandbox_charge_key_key DO NOTHING;
    SELECT c.* INTO v FROM connect.sandbox_charge c WHERE c.tenant_id = base.tenant_id() AND c.key = p_key;
    IF (v.token, v.amount, v.currency) IS DISTINCT FROM (p_token, p_amount, p_currency) THEN
        PERFORM base.raise('ZB409', 'This key was used for another charge.');
    END IF;
    IF v.state = 'processing' THEN
        PERFORM job.schedule_put('charge', 'bank:' || p_key, v.settles_at, jsonb_build_object('attempt_id', p_key));
    END IF;
    RETURN QUERY SELECT v.id, v.token, v.state, v.decline_class, v.decline_code, v.disputed;
END
$$;

GRANT EXECUTE ON FUNCTION connect.sandbox_charge(text, text, bigint, text) TO billfold_paymentd;
