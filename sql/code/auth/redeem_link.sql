-- auth.redeem_link(token_hash, hash): the password of the user whose link this is.
-- requires: auth.link_user, auth.set_password
CREATE OR REPLACE FUNCTION auth.redeem_link(token_hash text, hash text) RETURNS void
LANGUAGE sql
AS $$ SELECT auth.set_password(auth.link_user($1), $2) $$;

GRANT EXECUTE ON FUNCTION auth.redeem_link(text, text) TO billfold_api;
