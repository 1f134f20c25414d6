-- billing.draft_delete(invoice): a draft goes; no number was used. A final document stays: ZBFIN.
-- requires: billing.draft_drop, billing.deal_follow
CREATE FUNCTION billing.draft_delete(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
BEGIN
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

GRANT EXECUTE ON FUNCTION billing.draft_delete(uuid) TO billfold_api;
