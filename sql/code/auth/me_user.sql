-- auth.me_user(id): a user of the tenant entered, as their own session shows them. Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION auth.me_user(id uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object('object', 'user', 'id', u.id, 'email', u.email, 'name', u.name, 'state', u.state,
                   'role', u.role, 'role_id', u.role_id, 'locale', u.locale, 'time_zone', u.time_zone,
                   'mfa_enabled', u.mfa_enabled)
          FROM auth.user_view u WHERE u.tenant_id = base.tenant_id() AND u.id = $1);
END
$$;

GRANT EXECUTE ON FUNCTION auth.me_user(uuid) TO billfold_api;
