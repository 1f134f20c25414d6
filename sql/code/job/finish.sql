-- job.finish(id, lease_token): completes a job in the transaction of its effect. Raises ZBLSE, and with
-- it rolls the effect back, when the lease is no longer the caller's.
CREATE OR REPLACE FUNCTION job.finish(id uuid, lease_token uuid) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE job.job j
       SET state = 'done', lease_until = NULL, lease_token = NULL, finished_at = clock_timestamp(),
           updated_at = clock_timestamp(), version = j.version + 1
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1 AND j.lease_token = $2;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBLSE', 'Another worker has this job by now.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION job.finish(uuid, uuid) TO billfold_program;
