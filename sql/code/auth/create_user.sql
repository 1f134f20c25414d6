-- auth.create_user(id, email, name, role, password_hash): a user of the tenant entered, by the key of the
-- role: active with a password, invited without (the invitation's mail is asked for here).
CREATE OR REPLACE FUNCTION auth.create_user(id uuid, email text, name text, role text, password_hash text)
RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_role uuid;
BEGIN
    SELECT r.id INTO v_role FROM auth.role r
     WHERE r.tenant_id = base.tenant_id() AND r.key = $4 AND r.archived_at IS NULL;
    IF v_role IS NULL THEN
        PERFORM base.raise('ZB422', format('There is no role %s.', $4), '/role', 'unknown');
    END IF;
    INSERT INTO auth.app_user (id, email, name, role_id, state, password_hash, password_changed_at)
    VALUES ($1, $2, $3, v_role, CASE WHEN $5 IS NULL THEN 'invited' ELSE 'active' END, $5,
            CASE WHEN $5 IS NOT NULL THEN clock_timestamp() END);
    PERFORM job.emit('user.created', 'user', $1, NULL);
    IF $5 IS NULL THEN
        PERFORM job.enqueue('send_link', 'invite:' || $1, jsonb_build_object('user_id', $1, 'purpose', 'invite'));
    END IF;
    RETURN $1;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.create_user(uuid, text, text, text, text) TO billfold_admin;
