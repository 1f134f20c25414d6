-- auth.user_id(email): the user of the tenant entered who signs in by that address. Raises ZB404.
CREATE OR REPLACE FUNCTION auth.user_id(email text) RETURNS uuid
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_id uuid;
BEGIN
    SELECT u.id INTO v_id FROM auth.app_user u
     WHERE u.tenant_id = base.tenant_id() AND u.email_norm = lower($1) COLLATE "C" AND u.archived_at IS NULL;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', format('There is no user %s.', $1));
    END IF;
    RETURN v_id;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.user_id(text) TO billfold_admin;
