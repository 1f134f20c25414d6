-- job.tenant_of(id): whose job that is. Goes from tenant to tenant, and leaves none entered. Raises ZB404.
-- requires: tenant.door_every
CREATE OR REPLACE FUNCTION job.tenant_of(job uuid) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_id uuid;
    v_found boolean := false;
BEGIN
    FOR v_id IN SELECT tenant.door_every() LOOP
        PERFORM set_config('app.tenant', v_id::text, true);
        v_found := EXISTS (SELECT FROM job.job j WHERE j.tenant_id = v_id AND j.id = $1);
        EXIT WHEN v_found;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
    IF NOT v_found THEN
        PERFORM base.raise('ZB404', 'There is no such job.');
    END IF;
    RETURN v_id;
END;
$$;

GRANT EXECUTE ON FUNCTION job.tenant_of(uuid) TO billfold_admin;
