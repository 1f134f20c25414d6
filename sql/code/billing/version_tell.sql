-- billing.version_tell(version, after, count): of those who have the plan of a new version, and have been told that they renew, so many are told anew where it
-- makes a difference and is not too late, each by its own step. The order and what is returned are those of billing.version_reach.
-- requires: job.enqueue_all
CREATE FUNCTION billing.version_tell(p_version uuid, p_after uuid, p_count integer) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    n catalog.plan_version;
    v_ids uuid[];
BEGIN
    SELECT * INTO n FROM catalog.plan_version v WHERE v.tenant_id = base.tenant_id() AND v.id = p_version AND v.archived_at IS NULL;
    v_ids := ARRAY(
        SELECT s.id FROM billing.subscription s
         WHERE s.tenant_id = n.tenant_id AND s.plan_id = n.plan_id AND s.id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
           AND s.state IN ('active', 'unpaid', 'paused') AND s.term_end >= n.valid_from AND s.auto_renew AND s.cancelled_at IS NULL AND NOT s.keeps_price
           AND EXISTS (SELECT FROM billing.subscription_notice k WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id
                AND k.term_end = s.term_end AND k.plan_version_id IS NOT NULL)
         ORDER BY s.id LIMIT p_count);
    PERFORM job.enqueue_all('subscription_step', array_agg(format('subscription:%s@told:%s', w.id, p_version)),
               array_agg(jsonb_build_object('subscription_id', w.id)))
       FROM unnest(v_ids) AS w (id) HAVING count(*) > 0;
    RETURN v_ids[cardinality(v_ids)];
END
$$;

GRANT EXECUTE ON FUNCTION billing.version_tell(uuid, uuid, integer) TO billfold_invoiced;
