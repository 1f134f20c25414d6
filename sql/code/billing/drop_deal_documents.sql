-- billing.drop_deal_documents(deal): a win is taken back: the draft and the pending subscription that it brought go, no
-- number was used; what somebody made by hand is theirs. Once a document of the deal is final or its subscription
-- has begun, it raises ZBSTA: the way back is a credit note, and behind one of all of it there is nothing in the way.
-- requires: billing.draft_drop, billing.discounts_return, job.emit
CREATE FUNCTION billing.drop_deal_documents(p_deal uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.deal_id = p_deal ORDER BY i.id FOR UPDATE;
    IF EXISTS (SELECT FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.deal_id = p_deal
                AND i.number IS NOT NULL AND i.status <> 'void' AND NOT (i.payable > 0 AND i.credited >= i.payable)) THEN
        PERFORM base.raise('ZBSTA', 'The deal has a final invoice; it takes a credit note.', '/state', 'wrong_state');
    END IF;
    IF EXISTS (SELECT FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.deal_id = p_deal
                AND s.origin IS NOT NULL AND s.state NOT IN ('pending', 'cancelled')) THEN
        PERFORM base.raise('ZBSTA', 'The subscription of the deal has begun.', '/state', 'wrong_state');
    END IF;
    FOR v IN SELECT i.id FROM billing.invoice i
              WHERE i.tenant_id = base.tenant_id() AND i.origin = 'deal:' || p_deal || ':one_off' AND i.number IS NULL
    LOOP
        PERFORM billing.draft_drop(v.id);
    END LOOP;
    FOR v IN SELECT s.id, s.account_id, s.version FROM billing.subscription s
              WHERE s.tenant_id = base.tenant_id() AND s.origin = 'deal:' || p_deal || ':recurring' AND s.state = 'pending'
    LOOP
        PERFORM job.emit('subscription.deleted', 'subscription', v.id, jsonb_build_object('account_id', v.account_id,
            'deal_id', p_deal), v.version + 1);
        PERFORM billing.discounts_return(v.id, true);
        DELETE FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = v.id;
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION billing.drop_deal_documents(uuid) TO billfold_program;
