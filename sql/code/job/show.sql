-- job.show(id): a job as the API shows it; NULL where there is none of this id.
-- requires: base.instant, job.job_view
CREATE OR REPLACE FUNCTION job.show(id uuid) RETURNS json
LANGUAGE sql STABLE
AS $$
    SELECT row_to_json(r)
      FROM job.job_view v
     CROSS JOIN LATERAL (SELECT v.object, v.id, v.version, base.instant(v.created_at) AS created_at, base.instant(v.updated_at) AS updated_at,
                                v.kind, v.key, v.state, v.priority, base.instant(v.run_at) AS run_at, v.attempts, v.max_attempts,
                                base.instant(v.lease_until) AS lease_until, v.payload, v.last_error, v.request_id,
                                base.instant(v.finished_at) AS finished_at) r
     WHERE v.tenant_id = base.tenant_id() AND v.id = $1
$$;

GRANT EXECUTE ON FUNCTION job.show(uuid) TO billfold_program;
