-- crm.deal_lose(deal, reason, closed): an open deal is lost.
-- requires: job.emit
CREATE OR REPLACE FUNCTION crm.deal_lose(p_id uuid, p_reason text, p_closed date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v crm.deal;
BEGIN
    SELECT * INTO v FROM crm.deal d WHERE d.tenant_id = base.tenant_id() AND d.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'There is no such deal.');
    ELSIF v.state <> 'open' OR v.archived_at IS NOT NULL THEN
        PERFORM base.raise('ZBSTA', 'The deal is not open: reopen it first.', '/state', 'wrong_state');
    END IF;
    UPDATE crm.deal SET state = 'lost', lost_reason = p_reason,
           closed_on = coalesce(p_closed, closed_on, base.business_today())
     WHERE tenant_id = base.tenant_id() AND id = p_id;
    PERFORM job.emit('deal.lost', 'deal', p_id, jsonb_build_object('account_id', v.account_id,
        'owner_id', v.owner_id, 'reason', p_reason));
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_lose(uuid, text, date) TO billfold_program;
