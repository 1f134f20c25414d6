-- auth.set_user_state(email, state): lets a user in or keeps them out, as those who run the installation
-- say. Who never set a password is invited again and not active. Raises ZB404, and ZBSTA for the last active owner.
-- requires: auth.user_id, auth.keep_owner, job.emit
CREATE OR REPLACE FUNCTION auth.set_user_state(email text, state text)
RETURNS TABLE (id uuid, now_state text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_id uuid := auth.user_id($1);
BEGIN
    UPDATE auth.app_user u
       SET state = CASE WHEN $2 = 'active' AND u.password_hash IS NULL THEN 'invited' ELSE $2 END
     WHERE u.tenant_id = base.tenant_id() AND u.id = v_id AND u.state <> $2;
    IF FOUND THEN
        IF $2 = 'disabled' THEN
            PERFORM auth.keep_owner();
        END IF;
        PERFORM job.emit('user.updated', 'user', v_id);
    END IF;
    RETURN QUERY SELECT u.id, u.state FROM auth.app_user u WHERE u.tenant_id = base.tenant_id() AND u.id = v_id;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.set_user_state(text, text) TO billfold_admin;
