-- billing.approve(draft): whoever acts has reviewed the draft and wants it final as it is now; a later change takes that
-- back. ZB403 for who wrote it: nobody reviews themselves.
-- requires: billing.draft_hold, billing.content_digest, job.emit
CREATE FUNCTION billing.approve(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice := billing.draft_hold(p_id);
    v_actor text := current_setting('app.actor', true);
BEGIN
    IF v.author = v_actor THEN
        PERFORM base.raise('ZB403', 'You wrote this draft; somebody else approves it.');
    END IF;
    INSERT INTO billing.invoice_approval AS x (id, invoice_id, actor, actor_id, digest)
    VALUES (base.new_id(), p_id, v_actor, NULLIF(current_setting('app.actor_id', true), ''), billing.content_digest(p_id))
    ON CONFLICT ON CONSTRAINT invoice_approval_invoice_id_actor_key
    DO UPDATE SET digest = excluded.digest, approved_at = clock_timestamp();
    PERFORM job.emit('invoice.approved', 'invoice', p_id, jsonb_build_object('account_id', v.account_id,
        'deal_id', v.deal_id, 'currency', v.currency, 'total', v.total));
END
$$;

GRANT EXECUTE ON FUNCTION billing.approve(uuid) TO billfold_api, billfold_invoiced;
