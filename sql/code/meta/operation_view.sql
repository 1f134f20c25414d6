-- meta.operation_view: long work as the API shows it; rate and estimated_end while it runs.
CREATE VIEW meta.operation_view WITH (security_invoker = true) AS
SELECT
    o.tenant_id, o.id, o.version, o.created_at, o.updated_at, o.archived_at,
    o.kind, o.state, o.actor, o.total, o.done, o.failed, o.cancel_requested, o.started_at, o.finished_at,
    o.error, o.result,
    CASE WHEN o.state = 'running' AND o.done + o.failed > 0 AND now() > o.started_at
         THEN round((o.done + o.failed) / extract(epoch FROM now() - o.started_at), 3)::text END AS rate,
    CASE WHEN o.state = 'running' AND o.done + o.failed > 0 AND o.total IS NOT NULL
         THEN o.started_at + (now() - o.started_at) * (o.total::double precision / (o.done + o.failed))
         END AS estimated_end
FROM meta.operation o;

GRANT SELECT ON meta.operation_view TO billfold_program;
