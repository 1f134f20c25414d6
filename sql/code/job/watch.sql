-- job.watch(): raises the alarm for every kind whose heartbeat has stopped, once; returns those that are new.
-- Whoever is alive may ask: the scheduler watches the workers, the workers watch the scheduler.
-- requires: job.pulse_view
CREATE OR REPLACE FUNCTION job.watch() RETURNS TABLE (kind text, program text, silent_s integer)
LANGUAGE sql
AS $$
    WITH stale AS (
        UPDATE job.heartbeat h SET stale_since = clock_timestamp()
          FROM job.pulse_view p
         WHERE p.kind = h.kind AND p.stale AND p.stale_since IS NULL AND h.stale_since IS NULL AND h.beat_at = p.beat_at
        RETURNING h.kind, h.program, h.beat_at),
    raised AS (
        INSERT INTO job.alarm (kind, program, beat_at)
        SELECT s.kind, s.program, s.beat_at FROM stale s
        ON CONFLICT (kind) WHERE cleared_at IS NULL DO NOTHING)
    SELECT s.kind, s.program, extract(epoch FROM clock_timestamp() - s.beat_at)::integer FROM stale s
$$;

GRANT EXECUTE ON FUNCTION job.watch() TO billfold_program;
