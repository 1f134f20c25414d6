-- billing.version_follow(version): a plan's version that is not for new ones alone is told to those who were told that they renew by another one, and from
-- its first day on one that reaches those who have the plan already is taken to them: a schedule of that day, by the tenant's clock.
-- requires: job.schedule_put, job.enqueue, base.business_today
CREATE FUNCTION billing.version_follow(p_version uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v catalog.plan_version;
BEGIN
    SELECT * INTO v FROM catalog.plan_version n WHERE n.tenant_id = base.tenant_id() AND n.id = p_version;
    IF v.applies_to <> 'new' AND v.version_no > 1 THEN
        PERFORM job.enqueue('version_tell', 'plan_version:' || v.id, jsonb_build_object('plan_version_id', v.id));
    END IF;
    IF v.applies_to = 'running' THEN
        PERFORM job.schedule_put('version_reach', 'plan_version:' || v.id,
            greatest(v.valid_from, base.business_today(NULL))::timestamp AT TIME ZONE coalesce(NULLIF(current_setting('app.zone', true), ''), 'UTC'),
            jsonb_build_object('plan_version_id', v.id));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.version_follow(uuid) TO billfold_api, billfold_invoiced;
