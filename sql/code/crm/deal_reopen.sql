-- crm.deal_reopen(deal): takes a win or a loss back. While nothing of it is final, its draft and its pending
-- subscription go with it and no number is used; once an invoice is final, the way back is a credit note.
-- The deal's row is locked first: the worker that would make the draft locks it too.
-- requires: job.emit, billing.drop_deal_documents
CREATE OR REPLACE FUNCTION crm.deal_reopen(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v crm.deal;
BEGIN
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
    PERFORM job.emit('deal.reopened', 'deal', p_id, jsonb_build_object('account_id', v.account_id,
        'owner_id', v.owner_id));
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_reopen(uuid) TO billfold_program;
