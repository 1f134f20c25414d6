-- auth.client_id(name): the client of the tenant entered that has this name or id. Raises ZB404.
CREATE OR REPLACE FUNCTION auth.client_id(name text) RETURNS uuid
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_id uuid;
BEGIN
    SELECT c.id INTO v_id FROM auth.client c
     WHERE c.tenant_id = base.tenant_id() AND c.archived_at IS NULL
       AND (c.name_norm = lower($1) COLLATE "C"
            OR c.id = CASE WHEN $1 ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN $1::uuid END);
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', format('There is no client %s.', $1));
    END IF;
    RETURN v_id;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.client_id(text) TO billfold_admin;
