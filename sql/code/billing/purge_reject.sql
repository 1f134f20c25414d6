-- billing.purge_reject(subscription, reason): it is not archived; whoever asked may ask again. ZBSTA where nobody has.
-- requires: billing.purge_hold, job.emit
CREATE FUNCTION billing.purge_reject(p_id uuid, p_reason text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription := billing.purge_hold(p_id, true);
BEGIN
    UPDATE billing.subscription s SET purge_asked_at = NULL, purge_asked_by = NULL, purge_reason = NULL
     WHERE s.tenant_id = v.tenant_id AND s.id = p_id RETURNING s.version INTO v.version;
    PERFORM job.emit('subscription.purge_rejected', 'subscription', p_id, jsonb_build_object('account_id', v.account_id,
        'asked_by', v.purge_asked_by, 'reason', p_reason), v.version);
END
$$;

GRANT EXECUTE ON FUNCTION billing.purge_reject(uuid, text) TO billfold_api, billfold_invoiced;
