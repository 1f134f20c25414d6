-- payment.method_create(...): a method is kept as a program hands it over: of the processor account that is named, else of the one
-- where the account pays.
-- requires: payment.method_add, payment.method_default, connect.processor_for, connect.processor_named
CREATE OR REPLACE FUNCTION payment.method_create(p_id uuid, p_account uuid, p_token_sealed text, p_label text, p_off_session boolean,
    p_default boolean, p_processor uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_processor uuid;
    v_kind text;
BEGIN
    IF p_processor IS NOT NULL THEN
        SELECT n.id, n.kind INTO v_processor, v_kind FROM connect.processor_named(p_processor) n;
    ELSE
        SELECT f.id, f.kind INTO v_processor, v_kind
          FROM crm.account a
          JOIN tenant.tenant t ON t.tenant_id = a.tenant_id AND t.id = a.tenant_id
          CROSS JOIN LATERAL connect.processor_for(a.id, coalesce(a.entity_id, t.default_entity_id)) f
         WHERE a.tenant_id = base.tenant_id() AND a.id = p_account;
    END IF;
    IF coalesce(v_kind, 'manual') = 'manual' AND EXISTS (SELECT FROM crm.account a
            WHERE a.tenant_id = base.tenant_id() AND a.id = p_account) THEN
        PERFORM base.raise('ZB422', 'No processor is connected that takes this token.', '/token', 'unknown');
    END IF;
    PERFORM payment.method_add(p_id, p_account, coalesce(v_kind, 'sandbox'), p_token_sealed, p_label, p_off_session,
        v_processor);
    IF p_default THEN
        PERFORM payment.method_default(p_id);
        UPDATE payment.method m SET is_default = true
         WHERE m.tenant_id = base.tenant_id() AND m.id = p_id AND NOT m.is_default;
        PERFORM collect.method_changed(p_account);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.method_create(uuid, uuid, text, text, boolean, boolean, uuid) TO billfold_api;
