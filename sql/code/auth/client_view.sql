-- auth.client_view: an API client as the API shows it; of its secret the first characters only.
CREATE VIEW auth.client_view WITH (security_invoker = true) AS
SELECT
    c.tenant_id, c.id, c.version, c.created_at, c.updated_at, c.archived_at,
    c.name, c.name_norm, c.secret_prefix, c.role_id,
    (SELECT r.key FROM auth.role r WHERE r.tenant_id = c.tenant_id AND r.id = c.role_id) AS role,
    c.scopes, c.state
FROM auth.client c;

GRANT SELECT ON auth.client_view TO billfold_program;
