-- auth.keep_owner(): a tenant keeps someone who can let others in: raises ZBSTA when a change left no
-- active user of the role owner.
CREATE OR REPLACE FUNCTION auth.keep_owner() RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_role uuid;
BEGIN
    -- The role's lock makes two who each disable the other wait for one another.
    SELECT r.id INTO v_role FROM auth.role r WHERE r.tenant_id = base.tenant_id() AND r.key = 'owner' FOR UPDATE;
    IF NOT EXISTS (SELECT FROM auth.app_user u
                    WHERE u.tenant_id = base.tenant_id() AND u.role_id = v_role AND u.state = 'active'
                      AND u.archived_at IS NULL) THEN
        PERFORM base.raise('ZBSTA', 'The last active owner stays.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.keep_owner() TO billfold_api, billfold_admin;
