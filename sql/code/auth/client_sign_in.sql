-- auth.client_sign_in(client_id, request_id, address): what a token request is judged by; enters the
-- client's tenant. permissions: those of its role that its scopes let through, all where it has none. No row
-- where there is no such client.
-- requires: auth.door_client, api.enter, auth.permissions_of
CREATE OR REPLACE FUNCTION auth.client_sign_in(client_id uuid, request_id text, address text)
RETURNS TABLE (tenant_id uuid, secret_hash text, state text, epoch bigint, permissions text)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_tenant uuid;
BEGIN
    SELECT d INTO v_tenant FROM auth.door_client($1) d;
    IF v_tenant IS NULL THEN
        RETURN;
    END IF;
    PERFORM api.enter(v_tenant, 'client:' || $1, $1::text, $2, -1, $3);
    RETURN QUERY
        SELECT c.tenant_id, c.secret_hash, c.state, c.epoch,
               (SELECT coalesce(string_agg(p, ' ' ORDER BY p COLLATE "C"), '')
                  FROM unnest(auth.permissions_of(c.role_id)) p
                 WHERE cardinality(c.scopes) = 0 OR p = ANY (c.scopes))
          FROM auth.client c
         WHERE c.tenant_id = v_tenant AND c.id = $1 AND c.archived_at IS NULL;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.client_sign_in(uuid, text, text) TO billfold_api;
