-- auth.permissions_of(role_id): what a role permits, in one array. Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION auth.permissions_of(role_id uuid) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(p.permission ORDER BY p.permission COLLATE "C"), '{}')
          FROM auth.role_permission p WHERE p.tenant_id = base.tenant_id() AND p.role_id = $1);
END
$$;

GRANT EXECUTE ON FUNCTION auth.permissions_of(uuid) TO billfold_program;
