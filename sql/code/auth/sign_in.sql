-- auth.sign_in(tenant_slug, email, request_id, address): what a sign-in is judged by. Enters the user's
-- tenant, so that what it reads is read under the same policies as everything else. One row where the
-- tenant is known; user_id is NULL where the user is not.
-- requires: auth.door_login, tenant.door_slug, api.enter, auth.permissions_of
CREATE OR REPLACE FUNCTION auth.sign_in(tenant_slug text, email text, request_id text, address text)
RETURNS TABLE (tenant_id uuid, user_id uuid, state text, password_hash text, epoch bigint,
    mfa_secret_sealed text, mfa_step bigint, permissions text)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_tenant uuid;
    v_user uuid;
BEGIN
    SELECT d.tenant_id, d.user_id INTO v_tenant, v_user FROM auth.door_login($1, $2) d;
    IF v_user IS NULL THEN
        RETURN QUERY SELECT d, NULL::uuid, NULL::text, NULL::text, NULL::bigint, NULL::text, NULL::bigint, NULL::text
                       FROM tenant.door_slug($1) d;
        RETURN;
    END IF;
    PERFORM api.enter(v_tenant, 'user:' || v_user, v_user::text, $3, -1, $4);
    RETURN QUERY
        SELECT u.tenant_id, u.id, u.state, u.password_hash, u.epoch, u.mfa_secret_sealed,
               coalesce((SELECT s.mfa_step FROM auth.sign_in s WHERE s.tenant_id = u.tenant_id AND s.user_id = u.id), 0),
               array_to_string(auth.permissions_of(u.role_id), ' ')
          FROM auth.app_user u
         WHERE u.tenant_id = v_tenant AND u.id = v_user AND u.archived_at IS NULL;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.sign_in(text, text, text, text) TO billfold_api;
