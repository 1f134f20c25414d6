-- job.renew(id, lease_token, lease_s, step): a lease of so many seconds from now. step: something of the job is done for good, so
-- that only attempts without one count towards its end. Raises ZBLSE when the lease is no longer the caller's.
CREATE OR REPLACE FUNCTION job.renew(id uuid, lease_token uuid, lease_s integer, step boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE job.job j
       SET lease_until = clock_timestamp() + make_interval(secs => $3), updated_at = clock_timestamp(),
           attempts = CASE WHEN $4 THEN 1 ELSE j.attempts END
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1 AND j.lease_token = $2;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBLSE', 'Another worker has this job by now.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION job.renew(uuid, uuid, integer, boolean) TO billfold_program;
