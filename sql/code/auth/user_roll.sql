-- auth.user_roll(): the people of the tenant entered, as those who run the installation see them.
CREATE OR REPLACE FUNCTION auth.user_roll()
RETURNS TABLE (id uuid, email text, name text, role text, state text, mfa_enabled boolean, last_sign_in_at timestamptz,
    created_at timestamptz, password_changed_at timestamptz)
LANGUAGE sql STABLE
AS $$
    SELECT v.id, v.email, v.name, v.role, v.state, v.mfa_enabled, s.last_at, v.created_at, v.password_changed_at
      FROM auth.user_view v
      LEFT JOIN auth.sign_in s ON s.tenant_id = v.tenant_id AND s.user_id = v.id
     WHERE v.tenant_id = base.tenant_id() AND v.archived_at IS NULL
     ORDER BY v.email_norm
$$;

GRANT EXECUTE ON FUNCTION auth.user_roll() TO billfold_admin;
