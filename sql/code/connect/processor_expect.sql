-- connect.processor_expect(id, kind, mode, webhooks): whether an account may be what is asked for. kind NULL: it is there
-- already. mode: of the key that is given; NULL: none is. webhooks: signing secrets are given.
CREATE FUNCTION connect.processor_expect(p_id uuid, p_kind text, p_mode text, p_webhooks boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_mode text;
    v_kind text := p_kind;
    v_sandbox boolean;
BEGIN
    IF p_kind IS NULL THEN
        SELECT p.kind, p.mode INTO v_kind, v_mode FROM connect.processor p
         WHERE p.tenant_id = base.tenant_id() AND p.id = p_id;
    END IF;
    SELECT t.sandbox INTO v_sandbox FROM tenant.tenant t
     WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id();
    IF v_kind <> 'stripe' AND p_mode IS NOT NULL THEN
        PERFORM base.raise('ZB422', 'This kind of processor takes no key.', '/api_key', 'unknown');
    ELSIF v_kind <> 'stripe' AND p_webhooks THEN
        PERFORM base.raise('ZB422', 'This kind of processor sends no webhooks.', '/webhook_secrets', 'unknown');
    ELSIF v_kind = 'sandbox' AND NOT v_sandbox THEN
        PERFORM base.raise('ZB422', 'Only a sandbox tenant has this processor.', '/kind', 'invalid');
    ELSIF p_mode = 'live' AND v_sandbox THEN
        PERFORM base.raise('ZB422', 'A sandbox tenant moves no real money: give it a test key.', '/api_key', 'invalid');
    ELSIF p_mode <> v_mode THEN
        PERFORM base.raise('ZB422', format('The account moves %s money: this key does not fit.', v_mode), '/api_key',
            'invalid');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION connect.processor_expect(uuid, text, text, boolean) TO billfold_api;
