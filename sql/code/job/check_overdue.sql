-- job.check_overdue(): what should have begun more than five minutes ago; no row when all is well. Schedules fall due by
-- business time (a sandbox's clock), jobs by real time.
CREATE FUNCTION job.check_overdue() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT s.tenant_id, 'job.schedule', s.id::text, format('%s %s was due at %s', s.kind, s.key, s.due_at)
      FROM job.schedule s
      JOIN tenant.tenant t ON t.tenant_id = s.tenant_id AND t.id = s.tenant_id AND t.state = 'active'
     WHERE s.due_at < coalesce(t.business_at, now()) - interval '5 minutes'
       -- A clock that was just set is being caught up with.
       AND (t.business_at IS NULL OR t.updated_at < now() - interval '5 minutes')
    UNION ALL
    SELECT j.tenant_id, 'job.job', min(j.id::text), format('%s: %s jobs wait, the oldest since %s', j.kind, count(*), min(j.run_at))
      FROM job.job j
      JOIN tenant.tenant t ON t.tenant_id = j.tenant_id AND t.id = j.tenant_id AND t.state = 'active'
     WHERE j.state = 'scheduled' AND j.run_at < clock_timestamp() - interval '5 minutes'
       AND EXISTS (SELECT FROM job.heartbeat h WHERE h.kind = j.kind)
     GROUP BY j.tenant_id, j.kind
$$;

COMMENT ON FUNCTION job.check_overdue() IS 'what is due has begun
see whether billfold-scheduler and the kind''s program run and keep up: `billfold job kinds`';
