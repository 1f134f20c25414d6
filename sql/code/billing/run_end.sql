-- billing.run_end(run): a run whose batches are all done is finished. Each batch asks after its own commit, so that of two that end at
-- once the later one sees the other. A batch whose job was given up counts as ended: what it left is due still.
-- requires: billing.run_replan, job.emit
CREATE FUNCTION billing.run_end(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM billing.billing_run_batch b
                WHERE b.tenant_id = base.tenant_id() AND b.billing_run_id = p_id AND b.done_at IS NULL
                  AND NOT EXISTS (SELECT FROM job.job j WHERE j.tenant_id = b.tenant_id AND j.kind = 'bill_batch'
                        AND j.key = 'batch:' || b.id AND j.state = 'dead')) THEN
        RETURN;
    END IF;
    UPDATE billing.billing_run r SET state = 'finished', finished_at = clock_timestamp()
     WHERE r.tenant_id = base.tenant_id() AND r.id = p_id AND r.state = 'running';
    IF FOUND THEN
        PERFORM job.emit('billing_run.finished', 'billing_run', p_id);
        PERFORM billing.run_replan();
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.run_end(uuid) TO billfold_invoiced;
