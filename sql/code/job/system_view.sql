-- job.system_view: what every kind of work does: the installation's heartbeats, and beside them what the tenant entered
-- has waiting, in work and dead. A kind with jobs and without a heartbeat is served by nobody.
-- requires: job.pulse_view
CREATE VIEW job.system_view WITH (security_invoker = true) AS
SELECT
    coalesce(h.kind, c.kind) AS kind, h.program, h.every_s, h.beat_at, coalesce(h.stale, true) AS stale,
    a.raised_at AS alarm_raised_at, a.raised_by AS alarm_raised_by,
    coalesce(c.backlog, 0) AS backlog, coalesce(c.later, 0) AS later, coalesce(c.leased, 0) AS leased,
    coalesce(c.dead, 0) AS dead, c.oldest
FROM job.pulse_view h
FULL JOIN (
    SELECT j.kind,
           count(*) FILTER (WHERE j.state = 'scheduled' AND j.run_at <= clock_timestamp()) AS backlog,
           count(*) FILTER (WHERE j.state = 'scheduled' AND j.run_at > clock_timestamp()) AS later,
           count(*) FILTER (WHERE j.state = 'leased') AS leased,
           count(*) FILTER (WHERE j.state = 'dead') AS dead,
           min(j.run_at) FILTER (WHERE j.state = 'scheduled' AND j.run_at <= clock_timestamp()) AS oldest
      FROM job.job j
     WHERE j.state IN ('scheduled', 'leased', 'dead')
     GROUP BY j.kind) c ON c.kind = h.kind
LEFT JOIN job.alarm a ON a.kind = h.kind AND a.cleared_at IS NULL;

GRANT SELECT ON job.system_view TO billfold_program;
