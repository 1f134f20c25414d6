-- job.in_work(): how many jobs of the tenant entered are due or in work, those that wait for a retry included
-- when they have not failed for good; 0: quiet.
CREATE OR REPLACE FUNCTION job.in_work() RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT count(*) FROM job.job j
     WHERE j.tenant_id = base.tenant_id() AND j.state IN ('scheduled', 'leased')
       AND (j.state = 'leased' OR j.run_at <= clock_timestamp() OR j.attempts > 0)
$$;

GRANT EXECUTE ON FUNCTION job.in_work() TO billfold_program;
