-- job.defer(id, lease_token, seconds, why): not now: again after so many seconds of real time, without counting the
-- attempt. Raises ZBLSE when the lease is no longer the caller's.
CREATE OR REPLACE FUNCTION job.defer(id uuid, lease_token uuid, seconds integer, why text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE job.job j
       SET state = 'scheduled', lease_until = NULL, lease_token = NULL, attempts = j.attempts - 1,
           run_at = clock_timestamp() + make_interval(secs => $3), last_error = left($4, 2000),
           updated_at = clock_timestamp(), version = j.version + 1
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1 AND j.lease_token = $2;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBLSE', 'Another worker has this job by now.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION job.defer(uuid, uuid, integer, text) TO billfold_program;
