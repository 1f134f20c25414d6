-- job.of_tenant(tenant, id): one job of a tenant, for those who run the installation; also of a suspended one.
CREATE OR REPLACE FUNCTION job.of_tenant(of_tenant uuid, job_id uuid)
RETURNS TABLE (id uuid, tenant text, kind text, key text, state text, attempts integer, max_attempts integer,
    priority integer, created_at timestamptz, run_at timestamptz, lease_until timestamptz, finished_at timestamptz,
    request_id text, payload jsonb, last_error text)
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM set_config('app.tenant', $1::text, true);
    RETURN QUERY
    SELECT j.id, t.slug, j.kind, j.key, j.state, j.attempts, j.max_attempts, j.priority, j.created_at, j.run_at,
           j.lease_until, j.finished_at, j.request_id, j.payload, j.last_error
      FROM job.job j
      JOIN tenant.tenant t ON t.tenant_id = j.tenant_id AND t.id = j.tenant_id
     WHERE j.tenant_id = $1 AND j.id = $2;
    PERFORM set_config('app.tenant', '', true);
END;
$$;

GRANT EXECUTE ON FUNCTION job.of_tenant(uuid, uuid) TO billfold_admin;
