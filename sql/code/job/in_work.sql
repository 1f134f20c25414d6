-- job.in_work(but): how many jobs of the tenant entered are in work or will be within seconds; 0: quiet. What waits longer
-- for a retry, or is scheduled for later, does not count; nor do jobs of the kind that this one is of, which wait for the same
-- quiet, nor those of kinds that nobody has ever served.
CREATE OR REPLACE FUNCTION job.in_work(but uuid DEFAULT NULL) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT count(*) FROM job.job j
     WHERE j.tenant_id = base.tenant_id() AND j.state IN ('scheduled', 'leased')
       AND (j.state = 'leased' OR j.run_at <= clock_timestamp() + interval '10 seconds')
       AND j.kind <> coalesce((SELECT b.kind FROM job.job b WHERE b.tenant_id = base.tenant_id() AND b.id = $1), '')
       AND EXISTS (SELECT FROM job.heartbeat h WHERE h.kind = j.kind)
$$;

GRANT EXECUTE ON FUNCTION job.in_work(uuid) TO billfold_program;
