-- job.check_dead(): dead letters: work that was given up and waits for a person; no row when there is none.
CREATE FUNCTION job.check_dead() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT j.tenant_id, 'job.job', j.id::text, format('%s: %s', j.kind, left(j.last_error, 200))
      FROM job.job j WHERE j.state = 'dead' ORDER BY j.id DESC
$$;

COMMENT ON FUNCTION job.check_dead() IS 'no job is dead
mend what the error names, then `billfold job retry ID`, or --dead for all';
