-- job.scheduled_kinds(): the kinds of which some job of anybody waits, now or for later. For the doors, as whose role it runs. Steps
-- from kind to kind through job_due_door: no other index has its order, and to sort is not allowed here, because a queue is
-- mostly empty when it is analyzed, and reading all that waits then seems to cost nothing.
CREATE OR REPLACE FUNCTION job.scheduled_kinds() RETURNS TABLE (kind text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_sort = off SET enable_incremental_sort = off
AS $$
    WITH RECURSIVE k (kind) AS (
        (SELECT j.kind FROM job.job j WHERE j.state = 'scheduled' ORDER BY j.kind LIMIT 1)
        UNION ALL
        SELECT (SELECT j.kind FROM job.job j WHERE j.state = 'scheduled' AND j.kind > k.kind ORDER BY j.kind LIMIT 1)
          FROM k WHERE k.kind IS NOT NULL)
    SELECT k.kind FROM k WHERE k.kind IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION job.scheduled_kinds() TO billfold_door;
