-- payment.attempt_with_method(attempt, invoice, method, source): a try with a kept method of the invoice's own account.
-- requires: payment.attempt_start
CREATE OR REPLACE FUNCTION payment.attempt_with_method(p_id uuid, p_invoice uuid, p_method uuid, p_source text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_processor text;
BEGIN
    SELECT m.processor INTO v_processor
      FROM payment.method m
      JOIN billing.invoice i ON i.tenant_id = m.tenant_id AND i.account_id = m.account_id
     WHERE m.tenant_id = base.tenant_id() AND m.id = p_method AND m.state = 'active' AND i.id = p_invoice;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'The account has no such method.', '/payment_method', 'not_found');
    END IF;
    PERFORM payment.attempt_start(p_id, p_invoice, p_method, v_processor, NULL, p_source);
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_with_method(uuid, uuid, uuid, text) TO billfold_api;
