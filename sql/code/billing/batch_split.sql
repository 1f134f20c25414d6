-- billing.batch_split(run, batch): a batch that cannot be done as it is, because its job has had its tries or is gone, ends. What of it is due
-- still goes on as two batches of half as many, each a job of its own, until what stands in the way is alone: that one is parked,
-- with the last thing that its job said. A batch that is done stays so.
-- requires: billing.run_due, billing.batch_park, billing.batch_count, job.enqueue_all
CREATE FUNCTION billing.batch_split(p_run uuid, p_batch uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_ids uuid[];
    v_said text;
    v_half integer;
    v_batches uuid[];
BEGIN
    SELECT b.subscriptions INTO v_ids FROM billing.billing_run_batch b
     WHERE b.tenant_id = v_tenant AND b.billing_run_id = p_run AND b.id = p_batch AND b.done_at IS NULL FOR UPDATE;
    v_ids := ARRAY(SELECT w.id FROM unnest(v_ids) WITH ORDINALITY AS w (id, n) JOIN billing.run_due() d ON d.id = w.id ORDER BY w.n);
    IF cardinality(v_ids) = 1 THEN
        -- "unavailable: What happened. (What only operators see.)"
        SELECT j.last_error INTO v_said FROM job.job j WHERE j.tenant_id = v_tenant AND j.kind = 'bill_batch' AND j.key = 'batch:' || p_batch;
        PERFORM billing.batch_park(p_run, p_batch, v_ids, coalesce(substring(v_said FROM '^([a-z_]+): '), 'given_up'),
            'It was tried again and again. ' || coalesce(rtrim(substring(v_said FROM '^[a-z_]+: ([^(]*)')),
                'Whoever was at work on it ended without an answer.'));
    ELSIF cardinality(v_ids) > 1 THEN
        v_half := cardinality(v_ids) / 2;
        WITH made AS (
            INSERT INTO billing.billing_run_batch AS b (billing_run_id, id, subscriptions)
            SELECT p_run, base.new_id(), CASE h WHEN 1 THEN v_ids[:v_half] ELSE v_ids[v_half + 1:] END FROM generate_series(1, 2) h
            RETURNING b.id)
        SELECT array_agg(m.id) INTO v_batches FROM made m;
        PERFORM job.enqueue_all('bill_batch', array_agg('batch:' || w.id),
                   array_agg(jsonb_build_object('billing_run_id', p_run, 'batch_id', w.id, 'suspect', true)))
           FROM unnest(v_batches) AS w (id);
    END IF;
    PERFORM billing.batch_count(p_run, p_batch, 0, 0, true);
END
$$;

GRANT EXECUTE ON FUNCTION billing.batch_split(uuid, uuid) TO billfold_invoiced;
