-- job.door_leased(): kinds of jobs of which some worker holds one within its lease: it may be silent as long as that. A door: runs
-- without a tenant and gives away kinds only.
CREATE OR REPLACE FUNCTION job.door_leased() RETURNS TABLE (kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h.kind FROM job.heartbeat h
     WHERE EXISTS (SELECT FROM job.job j WHERE j.kind = h.kind AND j.state = 'leased' AND j.due_at > clock_timestamp())
$$;

ALTER FUNCTION job.door_leased() OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION job.door_leased() TO billfold_program;
