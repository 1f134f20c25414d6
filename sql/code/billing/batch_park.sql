-- billing.batch_park(run, batch, subscriptions, code, reason): those of them that are due still, and that nobody else is at work on, cannot be
-- billed: they are parked, and counted.
-- requires: billing.run_due, billing.bill_park, billing.batch_count
CREATE FUNCTION billing.batch_park(p_run uuid, p_batch uuid, p_ids uuid[], p_code text, p_reason text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_ids uuid[] := ARRAY(SELECT s.id FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = ANY (p_ids)
                           ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED);
    n integer;
BEGIN
    v_ids := ARRAY(SELECT d.id FROM billing.run_due() d WHERE d.id = ANY (v_ids));
    n := cardinality(v_ids);
    PERFORM billing.bill_park(v_ids, array_fill(p_code, ARRAY[n]), array_fill(p_reason, ARRAY[n]));
    PERFORM billing.batch_count(p_run, p_batch, 0, n, false);
END
$$;

GRANT EXECUTE ON FUNCTION billing.batch_park(uuid, uuid, uuid[], text, text) TO billfold_invoiced;
