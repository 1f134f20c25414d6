-- catalog.plan_version_on(plan, day, renewing): which version of a plan somebody who begins on a day takes, or who renews then: of those
-- that are valid the one that came into force last. NULL: there is none.
CREATE OR REPLACE FUNCTION catalog.plan_version_on(p_plan uuid, p_day date, p_renewing boolean DEFAULT false) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT v.id FROM catalog.plan_version v
     WHERE v.tenant_id = base.tenant_id() AND v.plan_id = p_plan AND v.archived_at IS NULL AND v.valid_from <= p_day
       AND (NOT p_renewing OR v.applies_to = 'renewing')
     ORDER BY v.valid_from DESC, v.version_no DESC LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION catalog.plan_version_on(uuid, date, boolean) TO billfold_program;
