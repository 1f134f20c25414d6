-- crm.deal_reopen(deal): takes a win or a loss back. While nothing of it is final, its draft and its pending
-- subscription go with it and no number is used; once an invoice is final, the way back is a credit note.
-- Its documents are locked before the deal, as whoever finalizes them does; the worker that would make the draft
-- holds the deal, and what it has made is found then.
-- requires: job.emit, billing.drop_deal_documents, billing.deal_follow
CREATE OR REPLACE FUNCTION crm.deal_reopen(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v crm.deal;
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.deal_id = p_id ORDER BY i.id FOR UPDATE;
    SELECT * INTO v FROM crm.deal d WHERE d.tenant_id = base.tenant_id() AND d.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'There is no such deal.');
    ELSIF v.state = 'open' THEN
        PERFORM base.raise('ZBSTA', 'The deal is open.', '/state', 'wrong_state');
    ELSIF v.state = 'won' THEN
        PERFORM billing.drop_deal_documents(p_id);
    END IF;
    UPDATE crm.deal SET state = 'open', won_at = NULL, lost_reason = NULL, closed_on = NULL, billing_status = 'none'
     WHERE tenant_id = base.tenant_id() AND id = p_id;
    -- What somebody made for it by hand is still there.
    PERFORM billing.deal_follow(ARRAY[p_id]);
    PERFORM job.emit('deal.reopened', 'deal', p_id, jsonb_build_object('account_id', v.account_id,
        'owner_id', v.owner_id));
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_reopen(uuid) TO billfold_program;
