-- catalog.plan_version_on(plan, day, renewing): which version of a plan somebody who begins on a day takes, or who renews then: of those
-- that reach them and are valid the one that came into force last. NULL: there is none. Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION catalog.plan_version_on(p_plan uuid, p_day date, p_renewing boolean DEFAULT false) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT v.id FROM catalog.plan_version v
         WHERE v.tenant_id = base.tenant_id() AND v.plan_id = p_plan AND v.archived_at IS NULL AND v.valid_from <= p_day
           AND (NOT p_renewing OR v.applies_to <> 'new')
         ORDER BY v.valid_from DESC, v.version_no DESC LIMIT 1);
END
$$;

GRANT EXECUTE ON FUNCTION catalog.plan_version_on(uuid, date, boolean) TO billfold_program;
