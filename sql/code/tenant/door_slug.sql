-- tenant.door_slug(slug): the id of the tenant that a slug names, no row where there is none. A door
-- for the command line: runs without a tenant and gives away ids only.
CREATE OR REPLACE FUNCTION tenant.door_slug(slug text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.id FROM tenant.tenant t WHERE t.slug = lower($1) $$;

ALTER FUNCTION tenant.door_slug(text) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION tenant.door_slug(text) TO billfold_api, billfold_admin;
