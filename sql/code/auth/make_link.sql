-- auth.make_link(id, user_id, purpose, token_hash): a single-use link by mail. Those of the same purpose that
-- were sent before end: only the newest works. An invitation lasts a week, a reset one hour.
CREATE OR REPLACE FUNCTION auth.make_link(id uuid, user_id uuid, purpose text, token_hash text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE auth.link l SET used_at = clock_timestamp()
     WHERE l.tenant_id = base.tenant_id() AND l.user_id = $2 AND l.purpose = $3 AND l.used_at IS NULL;
    INSERT INTO auth.link (id, user_id, purpose, token_hash, expires_at)
    VALUES ($1, $2, $3, $4, clock_timestamp() + CASE $3 WHEN 'invite' THEN interval '7 days' ELSE interval '1 hour' END);
END;
$$;

-- A program that makes links marks the older ones as used.
GRANT UPDATE (used_at) ON auth.link TO billfold_maild;
GRANT EXECUTE ON FUNCTION auth.make_link(uuid, uuid, text, text) TO billfold_api, billfold_maild, billfold_admin;
