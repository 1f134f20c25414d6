-- job.door_due(kind, limit): jobs of a kind that are due, or whose worker must be dead, tenant by tenant in
-- turn, so that one tenant's thousands do not stand before another's one. A door: runs without a
-- tenant and gives away ids only. Steps from tenant to tenant through the index, and within one from priority to
-- priority, where those that are due stand first: its cost is that of the tenants who have jobs open, not of their
-- jobs, be they due or of tomorrow. At most 32 of a tenant at a time.
CREATE OR REPLACE FUNCTION job.door_due(kind text, max_rows integer)
RETURNS TABLE (tenant_id uuid, job_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE t (id) AS (
        (SELECT j.tenant_id FROM job.job j
          WHERE j.kind = $1 COLLATE "C" AND j.state = 'scheduled' ORDER BY j.tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT j.tenant_id FROM job.job j
                 WHERE j.kind = $1 COLLATE "C" AND j.state = 'scheduled' AND j.tenant_id > t.id
                 ORDER BY j.tenant_id LIMIT 1)
          FROM t WHERE t.id IS NOT NULL)
    SELECT t.id, d.id
      FROM (SELECT t.id FROM t
            UNION
            SELECT j.tenant_id FROM job.job j
             WHERE j.kind = $1 COLLATE "C" AND j.state = 'leased' AND j.due_at <= (SELECT clock_timestamp())) t
     CROSS JOIN LATERAL (
            SELECT CASE WHEN h.share > 0 THEN greatest(0, h.share - (
                       SELECT count(*) FROM job.job o
                        WHERE o.kind = $1 COLLATE "C" AND o.tenant_id = t.id AND o.state = 'leased'
                          AND o.due_at > (SELECT clock_timestamp()))) ELSE $2 END AS room
              FROM (VALUES (1)) AS one
              LEFT JOIN job.heartbeat h ON h.kind = $1 COLLATE "C") s
     CROSS JOIN LATERAL (
            SELECT q.id, q.due_at, row_number() OVER (ORDER BY q.priority, q.due_at) AS turn
              FROM ((WITH RECURSIVE p (priority) AS (
                        (SELECT j.priority FROM job.job j
                          WHERE j.kind = $1 COLLATE "C" AND j.tenant_id = t.id AND j.state = 'scheduled'
                          ORDER BY j.priority LIMIT 1)
                        UNION ALL
                        SELECT (SELECT j.priority FROM job.job j
                                 WHERE j.kind = $1 COLLATE "C" AND j.tenant_id = t.id AND j.state = 'scheduled'
                                   AND j.priority > p.priority
                                 ORDER BY j.priority LIMIT 1)
                          FROM p WHERE p.priority IS NOT NULL)
                     SELECT due.id, p.priority, due.due_at
                       FROM p
                      CROSS JOIN LATERAL (
                            SELECT j.id, j.due_at FROM job.job j
                             WHERE j.kind = $1 COLLATE "C" AND j.tenant_id = t.id AND j.state = 'scheduled'
                               AND j.priority = p.priority AND j.due_at <= (SELECT clock_timestamp())
                             ORDER BY j.due_at
                             LIMIT least($2, s.room, 32)) due)
                    UNION ALL
                    (SELECT j.id, j.priority, j.due_at FROM job.job j
                      WHERE j.kind = $1 COLLATE "C" AND j.tenant_id = t.id AND j.state = 'leased'
                        AND j.due_at <= (SELECT clock_timestamp()))) q
             ORDER BY 3
             LIMIT least($2, s.room, 32)) d
     WHERE EXISTS (SELECT FROM tenant.tenant a WHERE a.tenant_id = t.id AND a.id = t.id AND a.state = 'active')
     ORDER BY d.turn, d.due_at
     LIMIT $2
$$;

ALTER FUNCTION job.door_due(text, integer) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION job.door_due(text, integer) TO billfold_program;
