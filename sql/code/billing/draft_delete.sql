-- billing.draft_delete(invoice): a draft goes; no number was used. A final document stays: ZBFIN. The bill date of a subscription that it was for
-- is skipped: it is not billed before somebody says so (billing.skip_hold).
-- requires: billing.draft_drop, billing.subscription_hold, billing.deal_follow
CREATE FUNCTION billing.draft_delete(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
BEGIN
    -- Before its documents, as everywhere.
    PERFORM billing.subscription_hold(i.subscription_id) FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.id = p_id AND i.subscription_id IS NOT NULL;
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    ELSIF v.number IS NOT NULL THEN
        PERFORM base.raise('ZBFIN', format('Invoice %s is final.', v.number));
    END IF;
    PERFORM billing.draft_drop(p_id);
    IF v.deal_id IS NOT NULL THEN
        PERFORM billing.deal_follow(ARRAY[v.deal_id]);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.draft_delete(uuid) TO billfold_api, billfold_invoiced;
