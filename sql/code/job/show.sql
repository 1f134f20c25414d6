-- job.show(id): a job as the API shows it; NULL where there is none of this id.
-- requires: job.job_view
CREATE OR REPLACE FUNCTION job.show(id uuid) RETURNS json
LANGUAGE sql STABLE
AS $$
    SELECT row_to_json(r)
      FROM job.job_view v
     CROSS JOIN LATERAL (SELECT v.object, v.id, v.version, v.created_at, v.updated_at, v.kind, v.key, v.state, v.priority,
                                v.run_at, v.attempts, v.max_attempts, v.lease_until, v.payload, v.last_error,
                                v.request_id, v.finished_at) r
     WHERE v.tenant_id = base.tenant_id() AND v.id = $1
$$;

GRANT EXECUTE ON FUNCTION job.show(uuid) TO billfold_program;
