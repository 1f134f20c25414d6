-- billing.run_start(run): a run is asked for; a job finds what is due and shares it out. ZBSTA while another one is at work: the unique
-- index decides between two that ask at once.
-- requires: job.enqueue, job.emit
CREATE FUNCTION billing.run_start(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing.billing_run (id, as_of) VALUES (p_id, base.business_today())
    ON CONFLICT (tenant_id) WHERE state = 'running' DO NOTHING;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'A billing run is at work already.');
    END IF;
    PERFORM job.emit('billing_run.created', 'billing_run', p_id);
    PERFORM job.enqueue('billing_run', 'run:' || p_id, jsonb_build_object('billing_run_id', p_id));
END
$$;

GRANT EXECUTE ON FUNCTION billing.run_start(uuid) TO billfold_api, billfold_invoiced;
