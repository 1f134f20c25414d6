-- billing.finalize_hold(documents): drafts that are about to be final are kept as they are, and so is what their payers owe and have
-- paid in advance: payers first, then documents and those that they credit, each in the order of their ids.
-- requires: payment.hold, billing.originals
CREATE FUNCTION billing.finalize_hold(p_id uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    -- By itself: compared with what a function returns, every document of the tenant would be looked at.
    v_ids uuid[] := p_id || billing.originals(p_id);
BEGIN
    PERFORM payment.hold(ARRAY(SELECT i.account_id FROM billing.invoice i
        WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_id)));
    PERFORM 1 FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (v_ids) ORDER BY i.id FOR UPDATE;
END
$$;

GRANT EXECUTE ON FUNCTION billing.finalize_hold(uuid[]) TO billfold_api, billfold_invoiced;
