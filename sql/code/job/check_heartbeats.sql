-- job.check_heartbeats(): kinds of work that nobody does; no row when all is well.
-- requires: base.business_now, job.pulse_view
CREATE FUNCTION job.check_heartbeats() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT NULL::uuid, 'job.heartbeat', h.kind,
           format('%s has given no sign of life for %s s', h.program, extract(epoch FROM clock_timestamp() - h.beat_at)::bigint)
      FROM job.pulse_view h WHERE h.stale
    UNION ALL
    SELECT NULL, 'job.job', j.kind, format('%s jobs wait, the oldest since %s, and no program does them', count(*), min(j.run_at))
      FROM job.job j
      JOIN tenant.tenant t ON t.tenant_id = j.tenant_id AND t.id = j.tenant_id AND t.state = 'active'
     WHERE j.state = 'scheduled' AND j.run_at < clock_timestamp() - interval '1 minute'
       AND NOT EXISTS (SELECT FROM job.heartbeat h WHERE h.kind = j.kind)
     GROUP BY j.kind
$$;

COMMENT ON FUNCTION job.check_heartbeats() IS 'every kind of work has a program that is alive
start the program that is named, or look into its log why it is stuck';
