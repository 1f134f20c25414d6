-- job.system(): what every kind of work does, as the API shows it.
-- requires: base.instant, job.system_view
CREATE OR REPLACE FUNCTION job.system() RETURNS json
LANGUAGE sql STABLE
AS $$
    SELECT json_build_object('data', coalesce(json_agg(r ORDER BY r.kind), '[]'),
                             'stale', count(*) FILTER (WHERE r.stale), 'dead', coalesce(sum(r.dead), 0))
      FROM job.system_view v
     CROSS JOIN LATERAL (SELECT v.kind, v.program, v.every_s, base.instant(v.beat_at) AS beat_at, v.stale,
                                base.instant(v.alarm_raised_at) AS alarm_raised_at, v.alarm_raised_by, v.backlog,
                                v.later, v.leased, v.dead, base.instant(v.oldest) AS oldest) r
$$;

GRANT EXECUTE ON FUNCTION job.system() TO billfold_program;
