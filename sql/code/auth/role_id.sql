-- auth.role_id(key): the role of the tenant entered that has this key; NULL where there is none.
CREATE OR REPLACE FUNCTION auth.role_id(key text) RETURNS uuid
LANGUAGE sql STABLE
AS $$
    SELECT r.id FROM auth.role r WHERE r.tenant_id = base.tenant_id() AND r.key = $1 COLLATE "C" AND r.archived_at IS NULL
$$;

GRANT EXECUTE ON FUNCTION auth.role_id(text) TO billfold_api;
