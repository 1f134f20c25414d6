-- auth.use_mfa_step(user_id, step): a TOTP code serves once: raises ZB401 when its step, or a later one,
-- was used before. The row's lock decides between two at the same time.
CREATE OR REPLACE FUNCTION auth.use_mfa_step(user_id uuid, step bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO auth.sign_in AS s (user_id, mfa_step) VALUES ($1, $2)
        ON CONFLICT ON CONSTRAINT sign_in_pkey DO UPDATE SET mfa_step = excluded.mfa_step
     WHERE s.mfa_step < excluded.mfa_step;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB401', 'The code was used before.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.use_mfa_step(uuid, bigint) TO billfold_api;
