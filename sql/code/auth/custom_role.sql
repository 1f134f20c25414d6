-- auth.custom_role(role_id): raises ZBSTA for a role of the system, which follows the release.
CREATE OR REPLACE FUNCTION auth.custom_role(role_id uuid) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM auth.role r WHERE r.tenant_id = base.tenant_id() AND r.id = $1 AND r.system) THEN
        PERFORM base.raise('ZBSTA', 'A role of the system cannot be changed; make one of your own.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.custom_role(uuid) TO billfold_api;
