-- auth.standing(user_id): how a user of the tenant entered stands: what a new session of theirs says,
-- and what their password and second factor are held against.
-- requires: auth.permissions_of
CREATE OR REPLACE FUNCTION auth.standing(user_id uuid)
RETURNS TABLE (state text, password_hash text, epoch bigint, mfa_secret_sealed text, mfa_step bigint,
    permissions text, email text)
LANGUAGE sql STABLE
AS $$
    SELECT u.state, u.password_hash, u.epoch, u.mfa_secret_sealed,
           coalesce((SELECT s.mfa_step FROM auth.sign_in s WHERE s.tenant_id = u.tenant_id AND s.user_id = u.id), 0),
           array_to_string(auth.permissions_of(u.role_id), ' '), u.email
      FROM auth.app_user u
     WHERE u.tenant_id = base.tenant_id() AND u.id = $1 AND u.archived_at IS NULL
$$;

GRANT EXECUTE ON FUNCTION auth.standing(uuid) TO billfold_api;
