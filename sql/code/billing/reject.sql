-- billing.reject(draft, reason): a draft that waits for its review goes back to its author; what others have approved of it
-- is void. ZBSTA where it does not wait.
-- requires: billing.draft_hold, job.emit
CREATE FUNCTION billing.reject(p_id uuid, p_reason text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice := billing.draft_hold(p_id);
BEGIN
    IF v.status <> 'pending_approval' THEN
        PERFORM base.raise('ZBSTA', 'The draft does not wait for a review.', '/status', 'wrong_state');
    END IF;
    UPDATE billing.invoice i SET status = 'draft' WHERE i.tenant_id = v.tenant_id AND i.id = p_id
    RETURNING i.version INTO v.version;
    DELETE FROM billing.invoice_approval x WHERE x.tenant_id = v.tenant_id AND x.invoice_id = p_id;
    PERFORM job.emit('invoice.rejected', 'invoice', p_id, jsonb_build_object('account_id', v.account_id,
        'deal_id', v.deal_id, 'reason', p_reason), v.version);
END
$$;

GRANT EXECUTE ON FUNCTION billing.reject(uuid, text) TO billfold_api, billfold_invoiced;
