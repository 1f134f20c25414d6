-- job.system(): what every kind of work does, as the API shows it.
-- requires: job.system_view
CREATE OR REPLACE FUNCTION job.system() RETURNS json
LANGUAGE sql STABLE
AS $$
    SELECT json_build_object('data', coalesce(json_agg(v ORDER BY v.kind), '[]'),
                             'stale', count(*) FILTER (WHERE v.stale), 'dead', coalesce(sum(v.dead), 0))
      FROM job.system_view v
$$;

GRANT EXECUTE ON FUNCTION job.system() TO billfold_program;
