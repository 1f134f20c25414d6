-- billing.purge_ask(subscription, reason): whoever acts wants an ended subscription archived: somebody else says whether. ZBSTA.
-- requires: billing.purge_hold, job.emit
CREATE FUNCTION billing.purge_ask(p_id uuid, p_reason text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription := billing.purge_hold(p_id, false);
BEGIN
    UPDATE billing.subscription s
       SET purge_asked_at = clock_timestamp(), purge_asked_by = current_setting('app.actor', true), purge_reason = p_reason
     WHERE s.tenant_id = v.tenant_id AND s.id = p_id RETURNING s.* INTO v;
    PERFORM job.emit('subscription.purge_asked', 'subscription', p_id, jsonb_build_object('account_id', v.account_id,
        'reason', p_reason), v.version);
END
$$;

GRANT EXECUTE ON FUNCTION billing.purge_ask(uuid, text) TO billfold_api, billfold_invoiced;
