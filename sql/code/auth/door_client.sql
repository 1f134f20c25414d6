-- auth.door_client(client_id): the tenant of an API client, no row where there is none. A door: runs
-- without a tenant and gives away ids only.
CREATE OR REPLACE FUNCTION auth.door_client(client_id uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT c.tenant_id FROM auth.client c WHERE c.id = $1 $$;

ALTER FUNCTION auth.door_client(uuid) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION auth.door_client(uuid) TO billfold_api, billfold_admin;
