-- auth.user_view: a user as the API shows them, without any secret.
CREATE VIEW auth.user_view WITH (security_invoker = true) AS
SELECT
    u.tenant_id, u.id, u.version, u.created_at, u.updated_at, u.archived_at,
    u.email, u.email_norm, u.name, u.name_norm, u.state, u.role_id,
    (SELECT r.key FROM auth.role r WHERE r.tenant_id = u.tenant_id AND r.id = u.role_id) AS role,
    u.locale, u.time_zone, u.mfa_enabled, u.password_changed_at
FROM auth.app_user u;

GRANT SELECT ON auth.user_view TO billfold_program;
