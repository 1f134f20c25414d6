-- catalog.plan_expect(plan): ZB404 where there is no such plan, ZBSTA where it is archived.
CREATE FUNCTION catalog.plan_expect(p_plan uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v catalog.plan;
BEGIN
    SELECT * INTO v FROM catalog.plan p WHERE p.tenant_id = base.tenant_id() AND p.id = p_plan;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such plan.');
    ELSIF v.archived_at IS NOT NULL THEN
        PERFORM base.raise('ZBSTA', 'The plan is archived.', '/archived_at', 'wrong_state');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION catalog.plan_expect(uuid) TO billfold_api;
