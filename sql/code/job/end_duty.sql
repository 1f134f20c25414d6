-- job.end_duty(kind, worker): this worker's duty is done; it beats by itself again.
CREATE OR REPLACE FUNCTION job.end_duty(kind text, worker text) RETURNS void
LANGUAGE sql
AS $$
    UPDATE job.heartbeat h SET busy_until = NULL WHERE h.kind = $1 AND h.worker = $2
$$;

GRANT EXECUTE ON FUNCTION job.end_duty(text, text) TO billfold_program;
