-- tenant.door_ending(end): the ids of the tenants that are served whose id ends so: of whom a mail's tag may speak. A door:
-- runs without a tenant and gives away ids only.
CREATE OR REPLACE FUNCTION tenant.door_ending(p_end text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.id FROM tenant.tenant t WHERE right(t.id::text, length(p_end)) = p_end AND t.state = 'active' $$;

ALTER FUNCTION tenant.door_ending(text) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION tenant.door_ending(text) TO billfold_maild;
