-- job.pulse_view: every kind of work with its last sign of life, and whether that is too long ago. A program whose workers are all within
-- jobs or duties does not beat; what they hold says how long they may be silent.
-- requires: job.door_leased
CREATE VIEW job.pulse_view WITH (security_invoker = true) AS
SELECT h.kind, h.program, h.every_s, h.beat_at, h.stale_since,
       h.beat_at < clock_timestamp() - make_interval(secs => h.stale_after_s)
       AND NOT EXISTS (SELECT FROM job.heartbeat o
            WHERE o.program = h.program
              AND (o.busy_until > clock_timestamp() OR o.kind IN (SELECT l.kind FROM job.door_leased() l))) AS stale
  FROM job.heartbeat h;

GRANT SELECT ON job.pulse_view TO billfold_program;
