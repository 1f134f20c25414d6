-- auth.role_view: a role with what it permits.
CREATE VIEW auth.role_view WITH (security_invoker = true) AS
SELECT
    r.tenant_id, r.id, r.version, r.created_at, r.updated_at, r.archived_at, r.key, r.name, r.system,
    (SELECT coalesce(json_agg(p.permission ORDER BY p.permission COLLATE "C"), '[]')
       FROM auth.role_permission p WHERE p.tenant_id = r.tenant_id AND p.role_id = r.id) AS permissions
FROM auth.role r;

GRANT SELECT ON auth.role_view TO billfold_program;
