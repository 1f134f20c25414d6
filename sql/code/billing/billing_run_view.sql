-- billing.billing_run_view: a run as the API shows it, with what its batches have done so far.
CREATE VIEW billing.billing_run_view WITH (security_invoker = true) AS
SELECT r.tenant_id, r.id, r.version, r.created_at, r.updated_at, r.archived_at,
       r.as_of, r.state, r.due,
       (SELECT coalesce(sum(b.billed), 0)::bigint FROM billing.billing_run_batch b
         WHERE b.tenant_id = r.tenant_id AND b.billing_run_id = r.id) AS billed,
       (SELECT coalesce(sum(b.parked), 0)::bigint FROM billing.billing_run_batch b
         WHERE b.tenant_id = r.tenant_id AND b.billing_run_id = r.id) AS parked,
       r.started_at, r.finished_at,
       (SELECT round(sum(b.billed) / greatest(0.001, extract(epoch FROM coalesce(r.finished_at, now()) - r.started_at)::numeric), 1)
          FROM billing.billing_run_batch b WHERE b.tenant_id = r.tenant_id AND b.billing_run_id = r.id) AS rate,
       CASE WHEN r.state = 'running' THEN
           (SELECT r.started_at + (now() - r.started_at) * greatest(1, r.due / nullif(sum(b.billed + b.parked), 0)::double precision)
              FROM billing.billing_run_batch b WHERE b.tenant_id = r.tenant_id AND b.billing_run_id = r.id) END AS estimated_end
  FROM billing.billing_run r;

GRANT SELECT ON billing.billing_run_view TO billfold_program;
