-- job.take_duty(program, worker, kind, every_s, busy_s): whether it is this worker's turn to do a periodic duty: true for one
-- worker in every_s seconds, for whom it is the beat as well; until job.end_duty() it may be silent for busy_s.
CREATE OR REPLACE FUNCTION job.take_duty(program text, worker text, kind text, every_s integer, busy_s integer) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    v_mine boolean;
BEGIN
    INSERT INTO job.heartbeat AS h (kind, program, every_s, stale_after_s, worker, busy_until)
    VALUES ($3, $1, $4, greatest(20, 2 * $4), $2, clock_timestamp() + make_interval(secs => $5))
    ON CONFLICT ON CONSTRAINT heartbeat_pkey DO UPDATE
       SET program = excluded.program, every_s = excluded.every_s, stale_after_s = excluded.stale_after_s,
           worker = excluded.worker, beat_at = clock_timestamp(), stale_since = NULL, busy_until = excluded.busy_until
     WHERE h.beat_at <= clock_timestamp() - make_interval(secs => $4)
    RETURNING true INTO v_mine;
    IF v_mine THEN
        UPDATE job.alarm a SET cleared_at = clock_timestamp() WHERE a.kind = $3 AND a.cleared_at IS NULL;
    END IF;
    RETURN coalesce(v_mine, false);
END;
$$;

GRANT EXECUTE ON FUNCTION job.take_duty(text, text, text, integer, integer) TO billfold_program;
