-- job.door_schedule(limit): tenants with a schedule that is due by their own business time, for job.run_schedules().
-- A door: runs without a tenant and gives away ids only.
CREATE OR REPLACE FUNCTION job.door_schedule(max_rows integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    (SELECT DISTINCT s.tenant_id
       FROM job.schedule s
       JOIN tenant.tenant t ON t.tenant_id = s.tenant_id AND t.id = s.tenant_id
      WHERE s.due_at <= now() AND t.state = 'active' AND t.business_at IS NULL
      LIMIT $1)
    UNION
    (SELECT t.id
       FROM tenant.tenant t
      WHERE t.business_at IS NOT NULL AND t.state = 'active'
        AND EXISTS (SELECT FROM job.schedule s WHERE s.tenant_id = t.id AND s.due_at <= t.business_at)
      LIMIT $1)
$$;

ALTER FUNCTION job.door_schedule(integer) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION job.door_schedule(integer) TO billfold_scheduler;
