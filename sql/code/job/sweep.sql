-- job.sweep(): ends the leases of the tenant entered that have run out: the job is due again, or a dead letter
-- when it has had its attempts. From then on the worker that slept cannot finish. Returns how many.
-- requires: job.bury
CREATE OR REPLACE FUNCTION job.sweep() RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v record;
    v_n integer := 0;
BEGIN
    FOR v IN
        SELECT j.id, j.attempts, j.max_attempts, j.last_error
          FROM job.job j
         WHERE j.tenant_id = base.tenant_id() AND j.state = 'leased' AND j.lease_until < clock_timestamp()
           FOR UPDATE SKIP LOCKED
    LOOP
        v_n := v_n + 1;
        IF v.attempts >= v.max_attempts THEN
            PERFORM job.bury(v.id, 'The worker ended without an answer in attempt ' || v.attempts || ' of '
                || v.max_attempts || coalesce('. Before that: ' || v.last_error, '.'));
        ELSE
            UPDATE job.job j
               SET state = 'scheduled', lease_until = NULL, lease_token = NULL, updated_at = clock_timestamp(),
                   last_error = 'The worker ended without an answer in attempt ' || v.attempts || '.',
                   run_at = clock_timestamp(), version = j.version + 1
             WHERE j.tenant_id = base.tenant_id() AND j.id = v.id;
        END IF;
    END LOOP;
    RETURN v_n;
END;
$$;

GRANT EXECUTE ON FUNCTION job.sweep() TO billfold_program;
