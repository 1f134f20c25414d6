-- auth.expect_client_below(client_id, held): nobody changes a client that may do more than they hold themselves,
-- or lets one do so: raises ZB403.
-- requires: auth.permissions_of
CREATE OR REPLACE FUNCTION auth.expect_client_below(client_id uuid, held text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM auth.client c, unnest(auth.permissions_of(c.role_id)) p
                WHERE c.tenant_id = base.tenant_id() AND c.id = $1
                  AND (cardinality(c.scopes) = 0 OR p = ANY (c.scopes)) AND p <> ALL ($2)) THEN
        PERFORM base.raise('ZB403', 'The client may do more than you may do yourself.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.expect_client_below(uuid, text[]) TO billfold_api;
