-- tenant.door_list(): the ids of the tenants that are served. A door: runs without a tenant and
-- gives away ids only.
CREATE OR REPLACE FUNCTION tenant.door_list() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.id FROM tenant.tenant t WHERE t.state = 'active' ORDER BY t.id $$;

ALTER FUNCTION tenant.door_list() OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION tenant.door_list() TO billfold_program;
