-- meta.operation_view: long work as the API shows it; rate and estimated_end while it runs, a file while it is kept.
CREATE VIEW meta.operation_view WITH (security_invoker = true) AS
SELECT
    o.tenant_id, o.id, o.version, o.created_at, o.updated_at, o.archived_at,
    o.kind, o.resource, o.params ->> 'action' AS action, o.dry_run, o.state, o.actor, o.total, o.done, o.failed, o.created,
    o.updated, o.skipped, o.cancel_requested, o.started_at, o.finished_at, o.error, o.result,
    CASE WHEN o.kind = 'export' AND o.state = 'done' AND EXISTS (SELECT FROM meta.operation_part p
              WHERE p.tenant_id = o.tenant_id AND p.operation_id = o.id AND p.part = 0)
         THEN '/v1/operations/' || o.id || '/file' END AS file_url,
    CASE WHEN o.state = 'running' AND o.done + o.failed > 0 AND now() > o.started_at
         THEN round((o.done + o.failed) / extract(epoch FROM now() - o.started_at), 3)::text END AS rate,
    CASE WHEN o.state = 'running' AND o.done + o.failed > 0 AND o.total IS NOT NULL
         THEN o.started_at + (now() - o.started_at) * (o.total::double precision / (o.done + o.failed))
         END AS estimated_end
FROM meta.operation o;

GRANT SELECT ON meta.operation_view TO billfold_program;
