-- auth.expect_grantable(role_id, held): nobody hands on what they do not hold: raises ZB403 where the role
-- permits more than held, ZB422 where there is no such role.
CREATE OR REPLACE FUNCTION auth.expect_grantable(role_id uuid, held text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM auth.role r
                    WHERE r.tenant_id = base.tenant_id() AND r.id = $1 AND r.archived_at IS NULL) THEN
        PERFORM base.raise('ZB422', 'There is no such role.', '/role_id', 'not_found');
    ELSIF EXISTS (SELECT FROM auth.role_permission p
                   WHERE p.tenant_id = base.tenant_id() AND p.role_id = $1 AND p.permission <> ALL ($2)) THEN
        PERFORM base.raise('ZB403', 'The role permits more than you may do yourself.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.expect_grantable(uuid, text[]) TO billfold_api;
