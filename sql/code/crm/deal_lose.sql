-- crm.deal_lose(deals, reason, closed): open deals are lost; raises for the first of them that is not open.
-- requires: job.emit, crm.deal_lose_refusals
CREATE OR REPLACE FUNCTION crm.deal_lose(p_ids uuid[], p_reason text, p_closed date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    PERFORM 1 FROM crm.deal d
      WHERE d.tenant_id = base.tenant_id() AND d.id = ANY (p_ids) ORDER BY d.id FOR UPDATE;
    PERFORM base.raise(r.sqlstate, r.detail, r.pointer, CASE WHEN r.pointer IS NOT NULL THEN 'wrong_state' END)
       FROM crm.deal_lose_refusals(p_ids) r LIMIT 1;
    FOR v IN
        UPDATE crm.deal d SET state = 'lost', lost_reason = p_reason,
               closed_on = coalesce(p_closed, d.closed_on, base.business_today())
         WHERE d.tenant_id = base.tenant_id() AND d.id = ANY (p_ids)
        RETURNING d.id, d.version, d.account_id, d.owner_id
    LOOP
        PERFORM job.emit('deal.lost', 'deal', v.id, jsonb_build_object('account_id', v.account_id,
            'owner_id', v.owner_id, 'reason', p_reason), v.version, v.account_id);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_lose(uuid[], text, date) TO billfold_program;
