-- job.in_work(but): how many jobs of the tenant entered, this one left out, are in work or will be within seconds;
-- 0: quiet. What waits longer for a retry, or is scheduled for later, does not count.
CREATE OR REPLACE FUNCTION job.in_work(but uuid DEFAULT NULL) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT count(*) FROM job.job j
     WHERE j.tenant_id = base.tenant_id() AND j.state IN ('scheduled', 'leased')
       AND (j.state = 'leased' OR j.run_at <= clock_timestamp() + interval '10 seconds')
       AND ($1 IS NULL OR j.id <> $1)
$$;

GRANT EXECUTE ON FUNCTION job.in_work(uuid) TO billfold_program;
