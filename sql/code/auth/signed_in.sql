-- auth.signed_in(user_id): notes when and whence a user last signed in.
CREATE OR REPLACE FUNCTION auth.signed_in(user_id uuid) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO auth.sign_in AS s (user_id, last_at, last_address)
    VALUES ($1, clock_timestamp(), NULLIF(current_setting('app.address', true), ''))
        ON CONFLICT (tenant_id, user_id) DO UPDATE SET last_at = excluded.last_at, last_address = excluded.last_address
$$;

GRANT EXECUTE ON FUNCTION auth.signed_in(uuid) TO billfold_api;
