-- auth.set_mfa(user_id, sealed, code_hashes): a user's second factor and the recovery codes that go with
-- it; NULL takes both away. Ends the user's sessions (auth.raise_epoch).
-- requires: job.emit
CREATE OR REPLACE FUNCTION auth.set_mfa(user_id uuid, sealed text, code_hashes text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE auth.app_user u SET mfa_secret_sealed = $2 WHERE u.tenant_id = base.tenant_id() AND u.id = $1;
    DELETE FROM auth.recovery_code c WHERE c.tenant_id = base.tenant_id() AND c.user_id = $1;
    INSERT INTO auth.recovery_code (id, user_id, code_hash)
    SELECT base.new_id(), $1, h FROM unnest($3) h;
    PERFORM job.emit('user.updated', 'user', $1);
END;
$$;

GRANT EXECUTE ON FUNCTION auth.set_mfa(uuid, text, text[]) TO billfold_api;
