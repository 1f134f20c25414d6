-- payment.method_create(...): a method is kept as a program hands it over. The sandbox's tokens are for tenants of trial; no
-- other processor takes a token yet.
-- requires: payment.method_add, payment.method_default
CREATE OR REPLACE FUNCTION payment.method_create(p_id uuid, p_account uuid, p_token_sealed text, p_label text, p_off_session boolean,
    p_default boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (SELECT t.sandbox FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id()) THEN
        PERFORM base.raise('ZB422', 'No processor is connected that takes this token.', '/token', 'unknown');
    END IF;
    PERFORM payment.method_add(p_id, p_account, 'sandbox', p_token_sealed, p_label, p_off_session);
    IF p_default THEN
        PERFORM payment.method_default(p_id);
        UPDATE payment.method m SET is_default = true
         WHERE m.tenant_id = base.tenant_id() AND m.id = p_id AND NOT m.is_default;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.method_create(uuid, uuid, text, text, boolean, boolean) TO billfold_api;
