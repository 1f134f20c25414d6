-- job.door_due(kind, limit): jobs of a kind that are due, or whose worker must be dead, tenant by tenant in
-- turn, so that one tenant's thousands do not stand before another's one. A door: runs without a
-- tenant and gives away ids only. Its cost is that of the tenants who have jobs open, not of their
-- jobs, be they due or of tomorrow. At most 32 of a tenant at a time.
-- requires: job.scheduled_tenants, job.scheduled_due
CREATE OR REPLACE FUNCTION job.door_due(kind text, max_rows integer)
RETURNS TABLE (tenant_id uuid, job_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.id, d.id
      FROM (SELECT w.tenant_id AS id FROM job.scheduled_tenants($1) w
            UNION
            SELECT j.tenant_id FROM job.job j
             WHERE j.kind = $1 COLLATE "C" AND j.state = 'leased' AND j.due_at <= (SELECT clock_timestamp())) t
     CROSS JOIN LATERAL (
            SELECT least($2, 32, CASE WHEN h.share > 0 THEN greatest(0, h.share - (
                       SELECT count(*) FROM job.job o
                        WHERE o.kind = $1 COLLATE "C" AND o.tenant_id = t.id AND o.state = 'leased'
                          AND o.due_at > (SELECT clock_timestamp()))) END)::integer AS room
              FROM (VALUES (1)) AS one
              LEFT JOIN job.heartbeat h ON h.kind = $1 COLLATE "C") s
     CROSS JOIN LATERAL (
            SELECT q.id, q.due_at, row_number() OVER (ORDER BY q.priority, q.due_at) AS turn
              FROM (SELECT w.id, w.priority, w.due_at FROM job.scheduled_due($1, t.id, s.room) w
                    UNION ALL
                    SELECT j.id, j.priority, j.due_at FROM job.job j
                     WHERE j.kind = $1 COLLATE "C" AND j.tenant_id = t.id AND j.state = 'leased'
                       AND j.due_at <= (SELECT clock_timestamp())) q
             ORDER BY 3
             LIMIT s.room) d
     WHERE EXISTS (SELECT FROM tenant.tenant a WHERE a.tenant_id = t.id AND a.id = t.id AND a.state = 'active')
     ORDER BY d.turn, d.due_at
     LIMIT $2
$$;

ALTER FUNCTION job.door_due(text, integer) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION job.door_due(text, integer) TO billfold_program;
