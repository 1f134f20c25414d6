-- job.scheduled_due(kind, tenant_id, limit): the tenant's jobs of the kind that wait and are due; at most so many of each priority.
-- For the doors, as whose role it runs. Steps from priority to priority through job_due_door (job.scheduled_kinds says how that is
-- made certain), where those that are due stand first: jobs of tomorrow cost nothing.
CREATE OR REPLACE FUNCTION job.scheduled_due(kind text, tenant_id uuid, max_rows integer)
RETURNS TABLE (id uuid, priority integer, due_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_sort = off SET enable_incremental_sort = off
AS $$
    WITH RECURSIVE p (priority) AS (
        (SELECT j.priority FROM job.job j
          WHERE j.kind = $1 COLLATE "C" AND j.tenant_id = $2 AND j.state = 'scheduled'
          ORDER BY j.priority LIMIT 1)
        UNION ALL
        SELECT (SELECT j.priority FROM job.job j
                 WHERE j.kind = $1 COLLATE "C" AND j.tenant_id = $2 AND j.state = 'scheduled' AND j.priority > p.priority
                 ORDER BY j.priority LIMIT 1)
          FROM p WHERE p.priority IS NOT NULL)
    SELECT d.id, p.priority, d.due_at
      FROM p
     CROSS JOIN LATERAL (
            SELECT j.id, j.due_at FROM job.job j
             WHERE j.kind = $1 COLLATE "C" AND j.tenant_id = $2 AND j.state = 'scheduled'
               AND j.priority = p.priority AND j.due_at <= (SELECT clock_timestamp())
             ORDER BY j.due_at LIMIT $3) d
$$;

GRANT EXECUTE ON FUNCTION job.scheduled_due(text, uuid, integer) TO billfold_door;
