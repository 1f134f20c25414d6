-- job.fail(id, lease_token, reason, again, backoff_s, backoff_max_s): what becomes of a job whose run failed: again
-- after a back-off that doubles from attempt to attempt, with a quarter's jitter either way; a dead letter
-- when it may not run again or has had its attempts. Returns the state, NULL when the lease is lost.
-- requires: job.bury
CREATE OR REPLACE FUNCTION job.fail(id uuid, lease_token uuid, reason text, again boolean, backoff_s integer,
    backoff_max_s integer) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    v_attempts integer;
    v_most integer;
    v_wait double precision;
BEGIN
    SELECT j.attempts, j.max_attempts INTO v_attempts, v_most
      FROM job.job j
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1 AND j.lease_token = $2
       FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT $4 OR v_attempts >= v_most THEN
        PERFORM job.bury($1, $3);
        RETURN 'dead';
    END IF;
    v_wait := least($6, $5 * 2.0 ^ least(v_attempts - 1, 30)) * (0.75 + random() / 2);
    UPDATE job.job j
       SET state = 'scheduled', lease_until = NULL, lease_token = NULL, last_error = left($3, 2000),
           run_at = clock_timestamp() + make_interval(secs => v_wait), updated_at = clock_timestamp(),
           version = j.version + 1
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1;
    RETURN 'scheduled';
END;
$$;

GRANT EXECUTE ON FUNCTION job.fail(uuid, uuid, text, boolean, integer, integer) TO billfold_program;
