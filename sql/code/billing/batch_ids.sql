-- billing.batch_ids(run, batch): the subscriptions of a batch; none once it is done.
CREATE FUNCTION billing.batch_ids(p_run uuid, p_batch uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    SELECT unnest(b.subscriptions) FROM billing.billing_run_batch b
     WHERE b.tenant_id = base.tenant_id() AND b.billing_run_id = p_run AND b.id = p_batch
$$;

GRANT EXECUTE ON FUNCTION billing.batch_ids(uuid, uuid) TO billfold_program;
