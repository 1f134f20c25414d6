-- job.list(states, kind, before_id, limit): jobs that are not done, newest first, of these states, and of one kind where kind
-- is given.
-- requires: base.instant, job.job_view
CREATE OR REPLACE FUNCTION job.list(states text[], kind text, before_id uuid, max_rows integer)
RETURNS TABLE (id uuid, body text)
LANGUAGE sql STABLE
AS $$
    -- State by state: each walks its own stretch of the index backwards.
    SELECT o.id, row_to_json(o)::text
      FROM unnest($1 COLLATE "C") AS s (state)
     CROSS JOIN LATERAL (
            SELECT v.object, v.id, v.version, base.instant(v.created_at) AS created_at, base.instant(v.updated_at) AS updated_at, v.kind, v.key,
                   v.state, v.priority, base.instant(v.run_at) AS run_at, v.attempts, v.max_attempts,
                   base.instant(v.lease_until) AS lease_until, v.payload, v.last_error, v.request_id, base.instant(v.finished_at) AS finished_at
              FROM job.job_view v
             WHERE v.tenant_id = base.tenant_id() AND v.state = s.state AND v.state IN ('scheduled', 'leased', 'dead')
               AND ($2 IS NULL OR v.kind = $2 COLLATE "C") AND v.id < $3
             ORDER BY v.id DESC LIMIT $4) o
     ORDER BY o.id DESC LIMIT $4
$$;

GRANT EXECUTE ON FUNCTION job.list(text[], text, uuid, integer) TO billfold_program;
