-- crm.deal_win(ids, closed): marks deals won and asks for their drafts, each once: of two clicks at the same time the
-- second finds the deal won already. Returns a row for each id that cannot be won, with what is
-- missing; the others are won. closed: the day of closing, NULL for the business day.
-- requires: job.emit, job.enqueue, crm.deal_win_refusals
CREATE OR REPLACE FUNCTION crm.deal_win(p_ids uuid[], p_closed date)
RETURNS TABLE (id uuid, sqlstate text, detail text, pointer text)
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    PERFORM 1 FROM crm.deal d
      WHERE d.tenant_id = base.tenant_id() AND d.id = ANY (p_ids) ORDER BY d.id FOR UPDATE;

    RETURN QUERY SELECT r.id, r.sqlstate, r.detail, r.pointer FROM crm.deal_win_refusals(p_ids) r;

    FOR v IN
        UPDATE crm.deal d
           SET state = 'won', win_no = d.win_no + 1, won_at = base.business_now(), lost_reason = NULL,
               closed_on = coalesce(p_closed, d.closed_on, base.business_today()), billing_status = 'pending'
          FROM crm.account a
         WHERE d.tenant_id = base.tenant_id() AND d.id = ANY (p_ids)
           AND d.state = 'open' AND d.archived_at IS NULL
           AND a.tenant_id = d.tenant_id AND a.id = d.account_id AND a.state = 'active'
           AND EXISTS (SELECT 1 FROM crm.deal_line l WHERE l.tenant_id = d.tenant_id AND l.deal_id = d.id)
        RETURNING d.id, d.version, d.win_no, d.account_id, d.owner_id, d.amount, d.currency
    LOOP
        PERFORM job.emit('deal.won', 'deal', v.id, jsonb_build_object('account_id', v.account_id,
            'owner_id', v.owner_id, 'amount', v.amount, 'currency', v.currency), v.version, v.account_id);
        PERFORM job.enqueue('draft_from_deal', 'deal:' || v.id || ':' || v.win_no,
            jsonb_build_object('deal_id', v.id, 'win_no', v.win_no));
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_win(uuid[], date) TO billfold_program;
