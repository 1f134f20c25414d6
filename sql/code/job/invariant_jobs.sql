-- job.invariant_jobs(): what is wrong with jobs of any tenant; no row when all is well. Each is scheduled,
-- leased, done or dead; a lease that ran out has been ended within half a minute; attempts keep to the kind's limit; a dead letter has
-- a reason and an alert.
CREATE FUNCTION job.invariant_jobs() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT j.tenant_id, 'job.job', j.id::text, format('%s is %s', j.kind, j.state)
      FROM job.job j WHERE j.state NOT IN ('scheduled', 'leased', 'done', 'dead')
    UNION ALL
    SELECT j.tenant_id, 'job.job', j.id::text, format('%s is leased until %s', j.kind, j.lease_until)
      FROM job.job j
      JOIN tenant.tenant t ON t.tenant_id = j.tenant_id AND t.id = j.tenant_id AND t.state = 'active'
     WHERE j.state = 'leased' AND j.lease_until < clock_timestamp() - interval '30 seconds'
    UNION ALL
    SELECT j.tenant_id, 'job.job', j.id::text, format('%s was begun %s times, %s are allowed', j.kind, j.attempts, j.max_attempts)
      FROM job.job j WHERE j.attempts > j.max_attempts
    UNION ALL
    SELECT j.tenant_id, 'job.job', j.id::text, format('%s is dead without %s', j.kind,
           CASE WHEN coalesce(j.last_error, '') = '' THEN 'a reason' ELSE 'an alert' END)
      FROM job.job j
     WHERE j.state = 'dead' AND (coalesce(j.last_error, '') = ''
        OR NOT EXISTS (SELECT FROM job.alert a WHERE a.tenant_id = j.tenant_id AND a.job_id = j.id))
    UNION ALL
    SELECT j.tenant_id, 'job.job', j.id::text, format('%s is %s, finished at %s', j.kind, j.state, coalesce(j.finished_at::text, 'no time'))
      FROM job.job j WHERE (j.state IN ('done', 'dead')) <> (j.finished_at IS NOT NULL)
$$;

COMMENT ON FUNCTION job.invariant_jobs() IS 'I11 every job is scheduled, leased, done or dead, and a dead one has reason and alert';
