-- tenant.tenant_view: the tenant itself, its settings and its clock, as the API shows them.
CREATE VIEW tenant.tenant_view WITH (security_invoker = true) AS
SELECT
    t.tenant_id, t.id, t.version, t.created_at, t.updated_at, t.archived_at,
    t.slug, t.name, t.state, t.sandbox, t.business_at, t.time_zone, t.locale, t.currency, t.settings,
    t.default_entity_id, base.business_now() AS business_now
FROM tenant.tenant t;

GRANT SELECT ON tenant.tenant_view TO billfold_program;
