-- auth.expect_user_below(user_id, held): nobody changes a user whose role permits more than they hold
-- themselves: raises ZB403.
CREATE OR REPLACE FUNCTION auth.expect_user_below(user_id uuid, held text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM auth.app_user u
                 JOIN auth.role_permission p ON p.tenant_id = u.tenant_id AND p.role_id = u.role_id
                WHERE u.tenant_id = base.tenant_id() AND u.id = $1 AND p.permission <> ALL ($2)) THEN
        PERFORM base.raise('ZB403', 'The user may do more than you may do yourself.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.expect_user_below(uuid, text[]) TO billfold_api;
