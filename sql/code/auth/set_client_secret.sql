-- auth.set_client_secret(client_id, hash, prefix): another secret; the former one and its tokens end.
CREATE OR REPLACE FUNCTION auth.set_client_secret(client_id uuid, hash text, prefix text) RETURNS void
LANGUAGE sql
AS $$
    UPDATE auth.client c SET secret_hash = $2, secret_prefix = $3 WHERE c.tenant_id = base.tenant_id() AND c.id = $1
$$;

GRANT EXECUTE ON FUNCTION auth.set_client_secret(uuid, text, text) TO billfold_api, billfold_admin;
