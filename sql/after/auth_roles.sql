-- Every tenant's system roles are those of this release. One tenant after the other, because what
-- changes is written to that tenant's trail, whose writer is bound by the policy.
SET LOCAL row_security = on;
DO $$
DECLARE
    v_tenant uuid;
BEGIN
    FOR v_tenant IN SELECT t.id FROM tenant.tenant t ORDER BY t.id LOOP
        PERFORM set_config('app.tenant', v_tenant::text, true);
        PERFORM auth.sync_roles(v_tenant);
    END LOOP;
END;
$$;
