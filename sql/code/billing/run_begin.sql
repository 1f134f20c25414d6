-- billing.run_begin(run, asked, size): what is due is shared out to batches of so many subscriptions, a job each. asked: the run is there
-- already, made by who asked for it; else it is made where anything is due. False while another run is at work.
-- What could not be billed before keeps to itself: nothing else waits for it.
-- Called again for a run that has its batches it does nothing.
-- requires: billing.run_due, billing.run_replan, billing.run_end, job.enqueue_all, job.emit, tenant.module_on
CREATE FUNCTION billing.run_begin(p_id uuid, p_asked boolean, p_size integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_batches uuid[];
    v_due bigint;
BEGIN
    IF NOT tenant.module_on('subscriptions') THEN
        RETURN true;
    ELSIF p_asked THEN
        PERFORM 1 FROM billing.billing_run r WHERE r.tenant_id = v_tenant AND r.id = p_id AND r.state = 'running'
            AND NOT EXISTS (SELECT FROM billing.billing_run_batch b WHERE b.tenant_id = v_tenant AND b.billing_run_id = p_id)
          FOR UPDATE;
        IF NOT FOUND THEN
            RETURN true;
        END IF;
    ELSIF NOT EXISTS (SELECT FROM billing.run_due()) THEN
        PERFORM billing.run_replan();
        RETURN true;
    ELSE
        INSERT INTO billing.billing_run (id, as_of) VALUES (p_id, base.business_today())
        ON CONFLICT (tenant_id) WHERE state = 'running' DO NOTHING;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    WITH made AS (
        INSERT INTO billing.billing_run_batch AS b (billing_run_id, id, subscriptions)
        SELECT p_id, base.new_id(), array_agg(d.id)
          FROM (SELECT w.id, w.parked, (row_number() OVER (PARTITION BY w.parked ORDER BY w.account_id, w.id) - 1) / p_size AS batch
                  FROM billing.run_due() w) d
         GROUP BY d.parked, d.batch
        RETURNING b.id, cardinality(b.subscriptions) AS due)
    SELECT array_agg(m.id), coalesce(sum(m.due), 0) INTO v_batches, v_due FROM made m;
    UPDATE billing.billing_run r SET due = v_due WHERE r.tenant_id = v_tenant AND r.id = p_id AND r.due <> v_due;
    PERFORM job.emit(CASE WHEN p_asked THEN 'billing_run.updated' ELSE 'billing_run.created' END, 'billing_run', p_id,
        jsonb_build_object('due', v_due));
    PERFORM job.enqueue_all('bill_batch', array_agg('batch:' || w.id),
               array_agg(jsonb_build_object('billing_run_id', p_id, 'batch_id', w.id)))
       FROM unnest(v_batches) AS w (id) HAVING count(*) > 0;
    IF v_batches IS NULL THEN
        PERFORM billing.run_end(p_id);
    END IF;
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION billing.run_begin(uuid, boolean, integer) TO billfold_invoiced;
