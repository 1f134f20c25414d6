-- catalog.plan_hold(plan): of two who add to a plan at once the second begins when the first has ended, so that its events follow each other.
CREATE OR REPLACE FUNCTION catalog.plan_hold(p_plan uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT FROM catalog.plan p WHERE p.tenant_id = base.tenant_id() AND p.id = p_plan FOR UPDATE
$$;

GRANT EXECUTE ON FUNCTION catalog.plan_hold(uuid) TO billfold_api, billfold_invoiced;
