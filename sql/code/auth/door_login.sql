-- auth.door_login(tenant_slug, email): who wants to sign in: ids of tenant and user, no row where
-- there is no such pair. A door: runs without a tenant and gives away ids only.
CREATE OR REPLACE FUNCTION auth.door_login(tenant_slug text, email text)
RETURNS TABLE (tenant_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.id, u.id
      FROM tenant.tenant t
      JOIN auth.app_user u ON u.tenant_id = t.id AND u.email_norm = lower($2) COLLATE "C"
     WHERE t.slug = lower($1) AND t.state = 'active'
$$;

ALTER FUNCTION auth.door_login(text, text) OWNER TO billfold_door;
GRANT EXECUTE ON FUNCTION auth.door_login(text, text) TO billfold_api, billfold_admin;
