-- billing.deal_hold(deal, win): locks a deal whose documents are about to be written. Raises ZBSTA when it is
-- no longer won, or was won anew, since it was read.
CREATE FUNCTION billing.deal_hold(p_deal uuid, p_win bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM crm.deal d
      WHERE d.tenant_id = base.tenant_id() AND d.id = p_deal AND d.state = 'won' AND d.win_no = p_win FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'The deal is not won any more.');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.deal_hold(uuid, bigint) TO billfold_api, billfold_invoiced;
