-- job.scheduled_tenants(kind): the tenants of whom a job of the kind waits, now or for later. For the doors, as whose role it runs.
-- Steps from tenant to tenant through job_due_door (job.scheduled_kinds says how that is made certain): the order names the
-- priority, too, because other indexes have the tenants' order.
CREATE OR REPLACE FUNCTION job.scheduled_tenants(kind text) RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_sort = off SET enable_incremental_sort = off
AS $$
    WITH RECURSIVE t (id) AS (
        (SELECT j.tenant_id FROM job.job j
          WHERE j.kind = $1 COLLATE "C" AND j.state = 'scheduled' ORDER BY j.tenant_id, j.priority LIMIT 1)
        UNION ALL
        SELECT (SELECT j.tenant_id FROM job.job j
                 WHERE j.kind = $1 COLLATE "C" AND j.state = 'scheduled' AND j.tenant_id > t.id
                 ORDER BY j.tenant_id, j.priority LIMIT 1)
          FROM t WHERE t.id IS NOT NULL)
    SELECT t.id FROM t WHERE t.id IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION job.scheduled_tenants(text) TO billfold_door;
