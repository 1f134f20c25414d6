-- job.watch(): raises the alarm for every kind whose heartbeat has stopped, once; returns those that are new.
-- Whoever is alive may ask: the scheduler watches the workers, the workers watch the scheduler.
CREATE OR REPLACE FUNCTION job.watch() RETURNS TABLE (kind text, program text, silent_s integer)
LANGUAGE sql
AS $$
    WITH stale AS (
        UPDATE job.heartbeat h SET stale_since = clock_timestamp()
         WHERE h.stale_since IS NULL
           AND h.beat_at < clock_timestamp() - make_interval(secs => h.stale_after_s)
        RETURNING h.kind, h.program, h.beat_at),
    raised AS (
        INSERT INTO job.alarm (kind, program, beat_at)
        SELECT s.kind, s.program, s.beat_at FROM stale s
        ON CONFLICT (kind) WHERE cleared_at IS NULL DO NOTHING)
    SELECT s.kind, s.program, extract(epoch FROM clock_timestamp() - s.beat_at)::integer FROM stale s
$$;

GRANT EXECUTE ON FUNCTION job.watch() TO billfold_program;
