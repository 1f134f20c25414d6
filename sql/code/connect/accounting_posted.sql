-- connect.accounting_posted(batch, ref): the accounting system has the batch.
CREATE FUNCTION connect.accounting_posted(p_batch uuid, p_ref text) RETURNS void
LANGUAGE sql AS $$
    UPDATE connect.accounting_batch b SET posted_at = clock_timestamp(), ref = p_ref
     WHERE b.tenant_id = base.tenant_id() AND b.id = p_batch AND b.posted_at IS NULL
$$;

GRANT EXECUTE ON FUNCTION connect.accounting_posted(uuid, text) TO billfold_syncd;
