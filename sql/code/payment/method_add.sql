-- payment.method_add(...): a method is kept, with its owner's consent to be charged without them. The first of an
-- account is its default. A mandate that was taken back before anybody could use it leaves a method that is of no further use.
-- requires: job.emit, collect.method_changed
CREATE OR REPLACE FUNCTION payment.method_add(p_id uuid, p_account uuid, p_processor text, p_token_sealed text,
    p_label text, p_off_session boolean, p_processor_id uuid DEFAULT NULL,
    p_brand text DEFAULT NULL, p_last4 text DEFAULT NULL, p_exp_month smallint DEFAULT NULL, p_exp_year smallint DEFAULT NULL,
    p_mandate jsonb DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_state text := CASE WHEN p_mandate ->> 'status' = 'inactive' THEN 'declined' ELSE 'active' END;
BEGIN
    PERFORM 1 FROM crm.account a WHERE a.tenant_id = base.tenant_id() AND a.id = p_account FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'There is no such account.', '/account_id', 'not_found');
    END IF;
    INSERT INTO payment.method (id, account_id, processor, processor_id, token_sealed, label, off_session, consent_at, is_default,
        brand, last4, exp_month, exp_year, mandate, state)
    VALUES (p_id, p_account, p_processor, p_processor_id, p_token_sealed, p_label, p_off_session,
        CASE WHEN p_off_session THEN base.business_now() END,
        v_state = 'active' AND NOT EXISTS (SELECT FROM payment.method m WHERE m.tenant_id = base.tenant_id() AND m.account_id = p_account
            AND m.is_default AND m.state = 'active'), p_brand, p_last4, p_exp_month, p_exp_year, p_mandate, v_state);
    PERFORM job.emit('payment_method.created', 'payment_method', p_id, jsonb_build_object('account_id', p_account,
        'processor', p_processor, 'processor_id', p_processor_id, 'label', p_label, 'off_session', p_off_session,
        'state', v_state, 'mandate_reference', p_mandate ->> 'reference'));
    PERFORM collect.method_changed(p_account);
END
$$;

GRANT EXECUTE ON FUNCTION payment.method_add(uuid, uuid, text, text, text, boolean, uuid, text, text, smallint, smallint, jsonb)
    TO billfold_api, billfold_paymentd;
