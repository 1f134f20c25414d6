-- connect.webhook_door(processor): what a webhook of an account is checked by. No row: there is no such account, or it
-- expects none.
CREATE FUNCTION connect.webhook_door(p_processor uuid) RETURNS TABLE (kind text, live boolean, webhook_secrets_sealed text)
LANGUAGE sql STABLE AS $$
    SELECT p.kind, p.mode = 'live', p.webhook_secrets_sealed FROM connect.processor p
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_processor AND p.archived_at IS NULL
       AND p.webhook_secrets_sealed IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION connect.webhook_door(uuid) TO billfold_api;
