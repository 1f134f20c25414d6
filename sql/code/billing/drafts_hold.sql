-- billing.drafts_hold(account, locations): the drafts that a change of these concerns, kept as they are until it is written: the
-- locations first, then whoever pays, then the drafts, as everybody does who makes or finalizes one.
-- requires: billing.drafts_of, payment.hold
CREATE FUNCTION billing.drafts_hold(p_account uuid, p_locations uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_draft uuid[];
BEGIN
    PERFORM 1 FROM crm.location l WHERE l.tenant_id = base.tenant_id() AND l.id = ANY (p_locations)
      ORDER BY l.id FOR NO KEY UPDATE;
    v_draft := billing.drafts_of(p_account, p_locations);
    PERFORM payment.hold(ARRAY(SELECT i.account_id FROM billing.invoice i
        WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (v_draft)
        UNION SELECT l.account_id FROM crm.location l WHERE l.tenant_id = base.tenant_id() AND l.id = ANY (p_locations)));
    v_draft := billing.drafts_of(p_account, p_locations); -- more may have been made until they were held
    PERFORM 1 FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (v_draft)
      ORDER BY i.id FOR UPDATE;
END
$$;

GRANT EXECUTE ON FUNCTION billing.drafts_hold(uuid, uuid[]) TO billfold_api, billfold_invoiced;
