-- job.door_dispatch(limit): what the dispatcher tells the workers of: due jobs of each kind that some program
-- serves, at most so many a kind, fair between tenants. A door: runs without a tenant and gives away
-- ids only. Costs one look into an index while nothing is open: it is asked many times a second.
-- requires: job.scheduled_kinds, job.door_due
CREATE OR REPLACE FUNCTION job.door_dispatch(max_rows integer)
RETURNS TABLE (kind text, tenant_id uuid, job_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT k.kind, d.tenant_id, d.job_id
      FROM (SELECT w.kind FROM job.scheduled_kinds() w
            UNION
            SELECT j.kind FROM job.job j WHERE j.state = 'leased' AND j.due_at <= (SELECT clock_timestamp())) k
      JOIN job.heartbeat h ON h.kind = k.kind
     CROSS JOIN LATERAL job.door_due(k.kind, $1) d
$$;

ALTER FUNCTION job.door_dispatch(integer) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION job.door_dispatch(integer) TO billfold_scheduler;
