-- job.door_expired(): tenants with a lease that has run out, for job.sweep(). A door: runs without a tenant and gives
-- away ids only.
CREATE OR REPLACE FUNCTION job.door_expired() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT j.tenant_id
      FROM job.job j
      JOIN tenant.tenant t ON t.tenant_id = j.tenant_id AND t.id = j.tenant_id AND t.state = 'active'
     WHERE j.state = 'leased' AND j.due_at < clock_timestamp()
$$;

ALTER FUNCTION job.door_expired() OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION job.door_expired() TO billfold_scheduler;
