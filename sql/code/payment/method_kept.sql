-- payment.method_kept(consent, method, token_sealed, brand, last4, exp_month, exp_year, mandate): the method that a payer has agreed to is kept, by
-- the first who learns of it; a second changes nothing.
-- requires: payment.method_add, payment.hold
CREATE FUNCTION payment.method_kept(p_consent uuid, p_method uuid, p_token_sealed text, p_brand text, p_last4 text,
    p_exp_month smallint, p_exp_year smallint, p_mandate jsonb DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    PERFORM payment.hold(ARRAY(SELECT c.account_id FROM payment.consent c
        WHERE c.tenant_id = base.tenant_id() AND c.id = p_consent));
    SELECT c.account_id, coalesce(a.processor, s.processor) AS processor, coalesce(a.processor_id, s.processor_id) AS processor_id INTO v
      FROM payment.consent c
      LEFT JOIN payment.attempt a ON a.tenant_id = c.tenant_id AND a.id = c.attempt_id
      LEFT JOIN payment.setup s ON s.tenant_id = c.tenant_id AND s.id = c.setup_id
     WHERE c.tenant_id = base.tenant_id() AND c.id = p_consent AND c.method_id IS NULL;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM payment.method_add(p_method, v.account_id, v.processor, p_token_sealed,
        left(concat_ws(', ', CASE p_brand WHEN 'sepa_debit' THEN 'SEPA Direct Debit' ELSE initcap(replace(p_brand, '_', ' ')) END, 'ends in ' || p_last4), 100), true, v.processor_id,
        p_brand, p_last4, p_exp_month, p_exp_year, p_mandate);
    UPDATE payment.consent c SET method_id = p_method WHERE c.tenant_id = base.tenant_id() AND c.id = p_consent;
END
$$;

GRANT EXECUTE ON FUNCTION payment.method_kept(uuid, uuid, text, text, text, smallint, smallint, jsonb) TO billfold_paymentd;
