-- billing.version_reach(version, after, count): of those who have the plan in an older version so many take this one, in the order of their ids from after
-- one on, NULL: from the first; each by its own step, once: the step decides from which bill date on. Returns the last of them, NULL where there was
-- none any more, or the version has been archived meanwhile.
-- requires: job.enqueue_all
CREATE FUNCTION billing.version_reach(p_version uuid, p_after uuid, p_count integer) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    n catalog.plan_version;
    v_ids uuid[];
BEGIN
    SELECT * INTO n FROM catalog.plan_version v
     WHERE v.tenant_id = base.tenant_id() AND v.id = p_version AND v.archived_at IS NULL AND v.applies_to = 'running';
    v_ids := ARRAY(
        SELECT s.id FROM billing.subscription s
         WHERE s.tenant_id = n.tenant_id AND s.plan_id = n.plan_id AND s.id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
           AND s.state IN ('active', 'unpaid', 'paused') AND NOT s.keeps_price
           AND (SELECT o.version_no FROM catalog.plan_version o WHERE o.tenant_id = s.tenant_id AND o.id = s.plan_version_id) < n.version_no
         ORDER BY s.id LIMIT p_count);
    PERFORM job.enqueue_all('subscription_step', array_agg(format('subscription:%s@version:%s', w.id, p_version)),
               array_agg(jsonb_build_object('subscription_id', w.id)))
       FROM unnest(v_ids) AS w (id) HAVING count(*) > 0;
    RETURN v_ids[cardinality(v_ids)];
END
$$;

GRANT EXECUTE ON FUNCTION billing.version_reach(uuid, uuid, integer) TO billfold_invoiced;
