-- auth.guard_user(id, state, role_id, held): before a user is changed: nobody changes who may do more than they
-- do, or hands on what they do not hold (ZB403); who was never let in is not made active, and who accepted
-- is not invited again by hand (ZBSTA). NULL: this is not about to change.
-- requires: auth.expect_grantable, auth.expect_user_below
CREATE OR REPLACE FUNCTION auth.guard_user(id uuid, state text, role_id uuid, held text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_user auth.app_user;
BEGIN
    PERFORM auth.expect_user_below($1, $4);
    IF $3 IS NOT NULL THEN
        PERFORM auth.expect_grantable($3, $4);
    END IF;
    SELECT * INTO v_user FROM auth.app_user u WHERE u.tenant_id = base.tenant_id() AND u.id = $1;
    IF $2 IS NULL OR $2 = v_user.state THEN
        RETURN;
    ELSIF $2 = 'invited' OR ($2 = 'active' AND v_user.password_hash IS NULL) THEN
        PERFORM base.raise('ZBSTA', 'Only the invited themselves accept an invitation.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.guard_user(uuid, text, uuid, text[]) TO billfold_api;
