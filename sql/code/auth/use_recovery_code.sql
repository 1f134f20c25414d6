-- auth.use_recovery_code(user_id, code_hash): a recovery code serves once: raises ZB401 when there is no
-- such code, or it was used.
CREATE OR REPLACE FUNCTION auth.use_recovery_code(user_id uuid, code_hash text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE auth.recovery_code c SET used_at = clock_timestamp()
     WHERE c.tenant_id = base.tenant_id() AND c.user_id = $1 AND c.code_hash = $2 AND c.used_at IS NULL;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB401', 'The code is not valid.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.use_recovery_code(uuid, text) TO billfold_api;
