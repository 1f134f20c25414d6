-- auth.set_password(user_id, hash): a new password: who was invited is active by it. Ends the user's sessions
-- (auth.raise_epoch) and the links that would set another one.
-- requires: job.emit
CREATE OR REPLACE FUNCTION auth.set_password(user_id uuid, hash text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE auth.app_user u
       SET password_hash = $2, state = CASE u.state WHEN 'invited' THEN 'active' ELSE u.state END
     WHERE u.tenant_id = base.tenant_id() AND u.id = $1;
    UPDATE auth.link l SET used_at = clock_timestamp()
     WHERE l.tenant_id = base.tenant_id() AND l.user_id = $1 AND l.used_at IS NULL;
    PERFORM job.emit('user.updated', 'user', $1);
END;
$$;

GRANT EXECUTE ON FUNCTION auth.set_password(uuid, text) TO billfold_api, billfold_admin;
