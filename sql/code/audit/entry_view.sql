-- audit.entry_view: the trail as the API shows it.
CREATE VIEW audit.entry_view WITH (security_invoker = true) AS
SELECT
    e.tenant_id, e.id, 1::bigint AS version, e.recorded_at AS created_at, e.recorded_at AS updated_at,
    NULL::timestamptz AS archived_at,
    e.recorded_at, e.business_at, e.actor, e.actor_id, e.request_id, e.address, e.action, e.object, e.object_id,
    e.before, e.after, e.detail
FROM audit.entry e;

GRANT SELECT ON audit.entry_view TO billfold_program;
