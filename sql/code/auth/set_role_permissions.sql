-- auth.set_role_permissions(role_id, permissions): what a role of the tenant's own permits from now on; what stays
-- is not touched, so that nobody is signed out for nothing. Raises ZBSTA for a role of the system.
-- requires: auth.custom_role
CREATE OR REPLACE FUNCTION auth.set_role_permissions(role_id uuid, permissions text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM auth.custom_role($1);
    DELETE FROM auth.role_permission p
     WHERE p.tenant_id = base.tenant_id() AND p.role_id = $1 AND p.permission <> ALL ($2);
    INSERT INTO auth.role_permission (role_id, permission)
    SELECT $1, w FROM unnest($2) w
     WHERE NOT EXISTS (SELECT FROM auth.role_permission p
                        WHERE p.tenant_id = base.tenant_id() AND p.role_id = $1 AND p.permission = w);
END;
$$;

GRANT EXECUTE ON FUNCTION auth.set_role_permissions(uuid, text[]) TO billfold_api;
