-- billing.submit(draft): a draft goes into the review queue. ZBSTA where it is there already, or final.
-- requires: billing.draft_hold, job.emit
CREATE FUNCTION billing.submit(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice := billing.draft_hold(p_id);
BEGIN
    IF v.status <> 'draft' THEN
        PERFORM base.raise('ZBSTA', 'The draft waits for its review already.', '/status', 'wrong_state');
    END IF;
    UPDATE billing.invoice i SET status = 'pending_approval' WHERE i.tenant_id = v.tenant_id AND i.id = p_id
    RETURNING i.version INTO v.version;
    PERFORM job.emit('invoice.submitted', 'invoice', p_id, jsonb_build_object('account_id', v.account_id,
        'deal_id', v.deal_id, 'currency', v.currency, 'total', v.total), v.version);
END
$$;

GRANT EXECUTE ON FUNCTION billing.submit(uuid) TO billfold_api, billfold_invoiced;
