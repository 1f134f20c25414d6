-- billing.step_again(subscription, cause): what has just been done to a subscription may ask for more on the same day: it has a step of its own for that, once a
-- cause.
-- requires: job.enqueue
CREATE FUNCTION billing.step_again(p_id uuid, p_cause text) RETURNS void
LANGUAGE sql AS $$
    SELECT job.enqueue('subscription_step', format('subscription:%s@%s', p_id, p_cause), jsonb_build_object('subscription_id', p_id))
$$;

GRANT EXECUTE ON FUNCTION billing.step_again(uuid, text) TO billfold_api, billfold_invoiced;
