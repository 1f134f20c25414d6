-- billing.billing_run_view: a run as the API shows it, with what its batches have done so far.
CREATE VIEW billing.billing_run_view WITH (security_invoker = true) AS
SELECT r.tenant_id, r.id, r.version, r.created_at, r.updated_at, r.archived_at,
       r.as_of, r.state, r.due, coalesce(b.billed, 0) AS billed, coalesce(b.parked, 0) AS parked, r.started_at, r.finished_at,
       CASE WHEN b.billed > 0 AND coalesce(r.finished_at, clock_timestamp()) > r.started_at
           THEN round(b.billed / extract(epoch FROM coalesce(r.finished_at, clock_timestamp()) - r.started_at), 1) END AS rate,
       CASE WHEN r.state = 'running' AND b.billed + b.parked > 0
           THEN r.started_at + (clock_timestamp() - r.started_at)
               * greatest(1, r.due::double precision / (b.billed + b.parked)) END AS estimated_end
  FROM billing.billing_run r
 CROSS JOIN LATERAL (SELECT sum(x.billed)::bigint AS billed, sum(x.parked)::bigint AS parked FROM billing.billing_run_batch x
       WHERE x.tenant_id = r.tenant_id AND x.billing_run_id = r.id) b;

GRANT SELECT ON billing.billing_run_view TO billfold_program;
