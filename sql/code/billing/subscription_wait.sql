-- billing.subscription_wait(subscription): what its day asks for waits, for what a run has to bill before it or for a review: it is looked at again a day later.
-- requires: job.schedule_put, billing.subscription_zone
CREATE FUNCTION billing.subscription_wait(p_id uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT job.schedule_put('subscription_step', 'subscription:' || p_id, (base.business_today(z) + 1)::timestamp AT TIME ZONE z,
        jsonb_build_object('subscription_id', p_id))
      FROM billing.subscription_zone(p_id) z
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_wait(uuid) TO billfold_invoiced;
