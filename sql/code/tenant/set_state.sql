-- tenant.set_state(slug, state, actor): serves a tenant, or no longer. A suspended one keeps all it has: its
-- people and programs are refused from their next request on, its jobs and schedules wait. Enters the
-- tenant by itself, because api.enter refuses a suspended one. Returns its id; raises ZB404.
-- requires: tenant.door_slug, job.emit
CREATE OR REPLACE FUNCTION tenant.set_state(slug text, state text, actor text) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_id uuid;
BEGIN
    SELECT d INTO v_id FROM tenant.door_slug($1) d;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', format('There is no tenant %s.', $1));
    END IF;
    PERFORM set_config('app.tenant', v_id::text, true), set_config('app.actor', $3, true),
            set_config('app.actor_id', '', true), set_config('app.business', '', true);
    UPDATE tenant.tenant t SET state = $2 WHERE t.tenant_id = v_id AND t.id = v_id AND t.state <> $2;
    IF FOUND THEN
        PERFORM job.emit(CASE $2 WHEN 'suspended' THEN 'tenant.suspended' ELSE 'tenant.resumed' END, 'tenant', v_id);
    END IF;
    RETURN v_id;
END;
$$;

GRANT EXECUTE ON FUNCTION tenant.set_state(text, text, text) TO billfold_admin;
