-- billing.subscription_release(subscription): what kept it from being billed has been mended: what is due is billed, and what is parked for the same cause is tried
-- too; its task is done, where it was the last one of its cause.
-- ZBSTA where it is not parked.
-- requires: billing.park_end, job.emit, billing.run_expect
CREATE FUNCTION billing.subscription_release(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription;
BEGIN
    SELECT * INTO v FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such subscription.');
    ELSIF v.parked_at IS NULL THEN
        PERFORM base.raise('ZBSTA', 'The subscription is not parked.', '/parked_at', 'wrong_state');
    END IF;
    UPDATE billing.subscription s SET parked_at = NULL, park_code = NULL, park_reason = NULL, park_task_id = NULL
     WHERE s.tenant_id = v.tenant_id AND s.id = p_id RETURNING s.version INTO v.version;
    DELETE FROM billing.subscription_retry r WHERE r.tenant_id = v.tenant_id AND r.subscription_id = p_id;
    PERFORM job.emit('subscription.released', 'subscription', p_id, NULL, v.version, v.account_id);
    IF v.park_task_id IS NOT NULL THEN
        PERFORM billing.park_end(ARRAY[v.park_task_id]);
    END IF;
    PERFORM billing.run_expect(ARRAY[p_id]);
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_release(uuid) TO billfold_api, billfold_invoiced;
