-- billing.draft_drop(draft): a draft, which the caller has locked, goes with all that hangs on it; no number was used.
-- requires: job.emit
CREATE FUNCTION billing.draft_drop(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM job.emit('invoice.deleted', 'invoice', i.id, jsonb_build_object('account_id', i.account_id,
               'deal_id', i.deal_id), i.version + 1)
       FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id;
    DELETE FROM meta.external_id x WHERE x.tenant_id = base.tenant_id() AND x.object_id = p_id AND x.resource = 'invoice';
    DELETE FROM meta.custom_value x WHERE x.tenant_id = base.tenant_id() AND x.object_id = p_id;
    DELETE FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id;
END
$$;

GRANT EXECUTE ON FUNCTION billing.draft_drop(uuid) TO billfold_program;
