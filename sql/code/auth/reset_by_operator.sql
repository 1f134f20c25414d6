-- auth.reset_by_operator(email): who that is and which link they need: 'reset', or 'invite' where they never set
-- a password. Raises ZB404, and ZBSTA for a user who is disabled: no link would let them in.
-- requires: auth.user_id
CREATE OR REPLACE FUNCTION auth.reset_by_operator(email text) RETURNS TABLE (id uuid, purpose text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_id uuid := auth.user_id($1);
    v_state text;
BEGIN
    SELECT u.state INTO v_state FROM auth.app_user u WHERE u.tenant_id = base.tenant_id() AND u.id = v_id FOR UPDATE;
    IF v_state = 'disabled' THEN
        PERFORM base.raise('ZBSTA', 'The user is disabled.');
    END IF;
    RETURN QUERY SELECT v_id, CASE v_state WHEN 'invited' THEN 'invite' ELSE 'reset' END;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.reset_by_operator(text) TO billfold_admin;
