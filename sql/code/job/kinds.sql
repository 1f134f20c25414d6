-- job.kinds(slug): every kind of work: who does it and when they last gave a sign of life, and what waits, is in
-- work and has died, over all tenants or the one of that slug. A kind with jobs and no program is served by nobody.
-- requires: job.each_open
CREATE OR REPLACE FUNCTION job.kinds(only_slug text)
RETURNS TABLE (kind text, program text, every_s integer, beat_at timestamptz, stale boolean, backlog bigint, later bigint,
    leased bigint, dead bigint, oldest timestamptz)
LANGUAGE sql
AS $$
    SELECT coalesce(h.kind, o.kind), h.program, h.every_s, h.beat_at,
           h.beat_at IS NULL OR h.beat_at < clock_timestamp() - make_interval(secs => h.stale_after_s),
           coalesce(o.backlog, 0), coalesce(o.later, 0), coalesce(o.leased, 0), coalesce(o.dead, 0), o.oldest
      FROM job.heartbeat h
      FULL JOIN (SELECT e.kind, sum(e.backlog)::bigint AS backlog, sum(e.later)::bigint AS later,
                        sum(e.leased)::bigint AS leased, sum(e.dead)::bigint AS dead, min(e.oldest) AS oldest
                   FROM job.each_open($1) e GROUP BY e.kind) o ON o.kind = h.kind
     ORDER BY 1
$$;

GRANT EXECUTE ON FUNCTION job.kinds(text) TO billfold_admin;
