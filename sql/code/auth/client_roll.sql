-- auth.client_roll(): the programs of the tenant entered, as those who run the installation see them.
CREATE OR REPLACE FUNCTION auth.client_roll()
RETURNS TABLE (id uuid, name text, role text, state text, secret_prefix text, created_at timestamptz, scopes json)
LANGUAGE sql STABLE
AS $$
    SELECT v.id, v.name, v.role, v.state, v.secret_prefix, v.created_at, array_to_json(v.scopes)
      FROM auth.client_view v
     WHERE v.tenant_id = base.tenant_id() AND v.archived_at IS NULL
     ORDER BY v.name_norm
$$;

GRANT EXECUTE ON FUNCTION auth.client_roll() TO billfold_admin;
