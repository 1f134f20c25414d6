-- auth.sync_roles(tenant): makes the tenant's system roles what this release says they are. Run when a
-- tenant is made, and by `billfold migrate` for every tenant. Users of a role that changed have to
-- sign in again (auth.raise_role_epoch).
CREATE OR REPLACE FUNCTION auth.sync_roles(tenant uuid) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO auth.role AS r (tenant_id, id, key, name, system)
    SELECT $1, base.new_id(), s.key, s.name, true FROM auth.system_role s ORDER BY s.key
        ON CONFLICT (tenant_id, key) DO UPDATE SET name = excluded.name
     WHERE r.system AND r.name <> excluded.name;
    DELETE FROM auth.role_permission p USING auth.role r
     WHERE r.tenant_id = $1 AND p.tenant_id = $1 AND p.role_id = r.id AND r.system
       AND NOT EXISTS (SELECT FROM auth.system_role_permission s
                        WHERE s.role_key = r.key AND s.permission = p.permission);
    INSERT INTO auth.role_permission (tenant_id, role_id, permission)
    SELECT $1, r.id, s.permission
      FROM auth.role r JOIN auth.system_role_permission s ON s.role_key = r.key
     WHERE r.tenant_id = $1 AND r.system
       AND NOT EXISTS (SELECT FROM auth.role_permission p
                        WHERE p.tenant_id = $1 AND p.role_id = r.id AND p.permission = s.permission);
END;
$$;

GRANT EXECUTE ON FUNCTION auth.sync_roles(uuid) TO billfold_admin;
