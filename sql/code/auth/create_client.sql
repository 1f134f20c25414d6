-- auth.create_client(id, name, role, scopes, secret_hash, secret_prefix): a program that may act for the
-- tenant entered, by the key of the role.
CREATE OR REPLACE FUNCTION auth.create_client(id uuid, name text, role text, scopes text[], secret_hash text,
    secret_prefix text) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_role uuid;
    v_scope text;
BEGIN
    SELECT r.id INTO v_role FROM auth.role r
     WHERE r.tenant_id = base.tenant_id() AND r.key = $3 AND r.archived_at IS NULL;
    IF v_role IS NULL THEN
        PERFORM base.raise('ZB422', format('There is no role %s.', $3), '/role', 'unknown');
    END IF;
    SELECT s INTO v_scope FROM unnest($4) s WHERE NOT EXISTS (SELECT FROM auth.permission p WHERE p.word = s);
    IF FOUND THEN
        PERFORM base.raise('ZB422', format('There is no permission %s.', v_scope), '/scopes', 'unknown');
    END IF;
    INSERT INTO auth.client (id, name, role_id, scopes, secret_hash, secret_prefix)
    VALUES ($1, $2, v_role, coalesce($4, '{}'), $5, $6);
    PERFORM job.emit('client.created', 'client', $1, NULL);
    RETURN $1;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.create_client(uuid, text, text, text[], text, text) TO billfold_admin;
