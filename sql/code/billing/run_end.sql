-- billing.run_end(run): a run whose batches are all done is finished, and says what it came to. Each batch asks as it ends; of two that end at
-- once the later one waits for the other. A batch that has no job any more which would do it, however that came, is split:
-- the run goes on until what stands in the way is parked.
-- requires: billing.run_replan, billing.batch_split, billing.billing_run_view, job.emit
CREATE FUNCTION billing.run_end(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing.billing_run r WHERE r.tenant_id = base.tenant_id() AND r.id = p_id FOR NO KEY UPDATE;
    PERFORM billing.batch_split(p_id, b.id)
       FROM billing.billing_run_batch b
      WHERE b.tenant_id = base.tenant_id() AND b.billing_run_id = p_id AND b.done_at IS NULL
        AND NOT EXISTS (SELECT FROM job.job j WHERE j.tenant_id = b.tenant_id AND j.kind = 'bill_batch' AND j.key = 'batch:' || b.id
                AND j.state IN ('scheduled', 'leased'));
    IF EXISTS (SELECT FROM billing.billing_run_batch b
                WHERE b.tenant_id = base.tenant_id() AND b.billing_run_id = p_id AND b.done_at IS NULL) THEN
        RETURN;
    END IF;
    UPDATE billing.billing_run r SET state = 'finished', finished_at = clock_timestamp()
     WHERE r.tenant_id = base.tenant_id() AND r.id = p_id AND r.state = 'running';
    IF FOUND THEN
        PERFORM job.emit('billing_run.finished', 'billing_run', p_id,
                   (SELECT jsonb_build_object('due', v.due, 'billed', v.billed, 'parked', v.parked)
                      FROM billing.billing_run_view v WHERE v.tenant_id = base.tenant_id() AND v.id = p_id));
        PERFORM billing.run_replan();
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.run_end(uuid) TO billfold_invoiced;
