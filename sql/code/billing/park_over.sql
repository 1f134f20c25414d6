-- billing.park_over(subscription): it has ended, and nothing of it is due that could not be billed: it is parked no longer, and its task counts it no
-- more. The others of its cause wait for their own time: nothing says that it is mended.
-- requires: billing.park_task_tell, job.emit
CREATE FUNCTION billing.park_over(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_task uuid := (SELECT s.park_task_id FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id);
    v_version bigint;
BEGIN
    DELETE FROM billing.subscription_retry r WHERE r.tenant_id = base.tenant_id() AND r.subscription_id = p_id;
    UPDATE billing.subscription s SET parked_at = NULL, park_code = NULL, park_reason = NULL, park_task_id = NULL
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id RETURNING s.version INTO v_version;
    PERFORM job.emit('subscription.released', 'subscription', p_id, NULL, v_version);
    IF v_task IS NOT NULL THEN
        PERFORM billing.park_task_tell(v_task);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.park_over(uuid) TO billfold_api, billfold_invoiced;
