-- billing.plan_on(subscription, day): the plan, and its version, of what it charges on a day: of items of several versions the one that began last. NULLs
-- where it has items of its own alone, no row where it charges nothing then.
CREATE FUNCTION billing.plan_on(p_id uuid, p_day date) RETURNS TABLE (plan_id uuid, plan_version_id uuid)
LANGUAGE sql STABLE AS $$
    SELECT v.plan_id, v.id
      FROM billing.subscription_item i
      LEFT JOIN catalog.plan_version v ON v.tenant_id = i.tenant_id AND v.id = i.plan_version_id
     WHERE i.tenant_id = base.tenant_id() AND i.subscription_id = p_id
       AND (i.valid_from IS NULL OR i.valid_from <= p_day) AND (i.valid_to IS NULL OR i.valid_to > p_day)
     ORDER BY v.id IS NULL, i.valid_from DESC NULLS LAST, i.position
     LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION billing.plan_on(uuid, date) TO billfold_program;
