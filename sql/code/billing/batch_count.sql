-- billing.batch_count(run, batch, billed, parked, done): what a batch has done so far, in the transaction that did it.
CREATE FUNCTION billing.batch_count(p_run uuid, p_batch uuid, p_billed bigint, p_parked bigint, p_done boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE billing.billing_run_batch b
       SET billed = b.billed + p_billed, parked = b.parked + p_parked,
           done_at = CASE WHEN p_done THEN coalesce(b.done_at, clock_timestamp()) END,
           subscriptions = CASE WHEN p_done THEN NULL ELSE b.subscriptions END
     WHERE b.tenant_id = base.tenant_id() AND b.billing_run_id = p_run AND b.id = p_batch AND (b.done_at IS NULL OR p_done);
END
$$;

GRANT EXECUTE ON FUNCTION billing.batch_count(uuid, uuid, bigint, bigint, boolean) TO billfold_invoiced;
