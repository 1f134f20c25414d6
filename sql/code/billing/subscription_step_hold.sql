-- billing.subscription_step_hold(subscription): it is kept for what its day asks for; where that may make a document (it pauses or goes on), after
-- whom it is billed to and the documents that it has. What is told of its renewal is of the plan as it is then: a version that is made meanwhile waits.
-- requires: billing.subscription_hold, billing.subscription_party_hold, billing.subscription_zone
CREATE FUNCTION billing.subscription_step_hold(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id
                AND CASE WHEN s.state = 'paused' THEN s.resume_on ELSE s.paused_on END <= base.business_today(billing.subscription_zone(p_id)))
    THEN
        PERFORM billing.subscription_party_hold(p_id);
    ELSE
        PERFORM billing.subscription_hold(p_id);
    END IF;
    PERFORM FROM billing.subscription s
       JOIN catalog.plan p ON p.tenant_id = s.tenant_id AND p.id = s.plan_id
      WHERE s.tenant_id = base.tenant_id() AND s.id = p_id AND s.auto_renew AND s.cancelled_at IS NULL
        AND s.term_end - greatest(s.notice_days, 30) <= base.business_today(billing.subscription_zone(p_id))
      FOR KEY SHARE OF p;
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_step_hold(uuid) TO billfold_invoiced;
