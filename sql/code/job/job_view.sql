-- job.job_view: a job as the API shows it.
CREATE VIEW job.job_view WITH (security_invoker = true) AS
SELECT
    j.tenant_id, 'job' AS object, j.id, j.version, j.created_at, j.updated_at, j.kind, j.key, j.state, j.priority, j.run_at,
    j.attempts, j.max_attempts, j.lease_until, j.payload, j.last_error, j.request_id, j.finished_at
FROM job.job j;

GRANT SELECT ON job.job_view TO billfold_program;
