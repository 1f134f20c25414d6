-- job.purge(limit): deletes done jobs of the tenant entered that are older than 30 days; returns how many. Until then
-- their keys stay taken. Ids carry their time, so that the primary key finds the old ones.
CREATE OR REPLACE FUNCTION job.purge(max_rows integer) RETURNS bigint
LANGUAGE sql
AS $$
    WITH old AS (
        SELECT j.tenant_id, j.id FROM job.job j
         WHERE j.tenant_id = base.tenant_id() AND j.state = 'done' AND j.finished_at < now() - interval '30 days'
           AND j.id < (lpad(to_hex((extract(epoch FROM now() - interval '30 days') * 1000)::bigint), 12, '0')
                       || repeat('0', 20))::uuid
         ORDER BY j.id LIMIT $1 FOR UPDATE SKIP LOCKED),
    gone AS (
        DELETE FROM job.job j USING old o WHERE j.tenant_id = o.tenant_id AND j.id = o.id RETURNING 1)
    SELECT count(*) FROM gone
$$;

GRANT EXECUTE ON FUNCTION job.purge(integer) TO billfold_scheduler;
