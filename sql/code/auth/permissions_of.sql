-- auth.permissions_of(role_id): what a role permits, in one array.
CREATE OR REPLACE FUNCTION auth.permissions_of(role_id uuid) RETURNS text[]
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(array_agg(p.permission ORDER BY p.permission COLLATE "C"), '{}')
      FROM auth.role_permission p WHERE p.tenant_id = base.tenant_id() AND p.role_id = $1
$$;

GRANT EXECUTE ON FUNCTION auth.permissions_of(uuid) TO billfold_program;
