-- billing.draft_delete(invoice): a draft goes; no number was used. A final document stays: ZBFIN.
-- requires: billing.deal_follow, job.emit
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
    PERFORM job.emit('invoice.deleted', 'invoice', p_id, jsonb_build_object('account_id', v.account_id,
        'deal_id', v.deal_id), v.version + 1);
    DELETE FROM meta.external_id x WHERE x.tenant_id = base.tenant_id() AND x.object_id = p_id AND x.resource = 'invoice';
    DELETE FROM meta.custom_value x WHERE x.tenant_id = base.tenant_id() AND x.object_id = p_id;
    DELETE FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id;
    IF v.deal_id IS NOT NULL THEN
        PERFORM billing.deal_follow(ARRAY[v.deal_id]);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.draft_delete(uuid) TO billfold_api;
