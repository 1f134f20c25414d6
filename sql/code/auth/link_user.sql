-- auth.link_user(token_hash): whose link this is. Raises ZB422 where there is none that still works.
-- Locks it, so that of two who follow it at once the second finds it used.
CREATE OR REPLACE FUNCTION auth.link_user(token_hash text) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_user uuid;
BEGIN
    SELECT l.user_id INTO v_user
      FROM auth.link l
      JOIN auth.app_user u ON u.tenant_id = l.tenant_id AND u.id = l.user_id
     WHERE l.tenant_id = base.tenant_id() AND l.token_hash = $1 AND l.used_at IS NULL
       AND l.expires_at > clock_timestamp() AND u.archived_at IS NULL
       AND u.state = CASE l.purpose WHEN 'invite' THEN 'invited' ELSE 'active' END
       FOR UPDATE OF l;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'The link has been used, is too old, or was never sent.', '/token', 'invalid');
    END IF;
    RETURN v_user;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.link_user(text) TO billfold_api;
