-- tenant.door_every(): the ids of all tenants, suspended ones too. A door for the command line: runs
-- without a tenant and gives away ids only.
CREATE OR REPLACE FUNCTION tenant.door_every() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.id FROM tenant.tenant t ORDER BY t.slug $$;

ALTER FUNCTION tenant.door_every() OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION tenant.door_every() TO billfold_admin;
