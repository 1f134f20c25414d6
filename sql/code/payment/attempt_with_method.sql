-- payment.attempt_with_method(attempt, invoice, method, source): a try with a kept method of the invoice's own account. The method is
-- held, so that nobody removes it between the look and the try. Kept with consent, it is charged without its owner.
-- requires: payment.attempt_start
CREATE OR REPLACE FUNCTION payment.attempt_with_method(p_id uuid, p_invoice uuid, p_method uuid, p_source text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_account uuid;
    v payment.method;
BEGIN
    SELECT i.account_id INTO v_account FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    END IF;
    SELECT * INTO v FROM payment.method m
     WHERE m.tenant_id = base.tenant_id() AND m.id = p_method AND m.account_id = v_account FOR SHARE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'The account has no such method.', '/payment_method', 'not_found');
    ELSIF v.state <> 'active' THEN
        PERFORM base.raise('ZBSTA', format('The method is %s.', v.state), '/payment_method', 'wrong_state');
    END IF;
    PERFORM payment.attempt_start(p_id, p_invoice, p_method, v.processor, NULL, p_source, p_off_session => v.off_session);
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_with_method(uuid, uuid, uuid, text) TO billfold_api;
