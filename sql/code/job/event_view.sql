-- job.event_view: an event as feeds and webhooks show it: id and version are the object's.
CREATE VIEW job.event_view WITH (security_invoker = true) AS
SELECT
    e.tenant_id, e.txid, e.id AS event_id, e.type, e.also, e.object, e.object_id AS id, e.account_id,
    e.sequence AS version, e.actor, e.request_id, e.business_at, e.recorded_at, coalesce(e.data, '{}') AS payload
FROM job.event e;

GRANT SELECT ON job.event_view TO billfold_program;
