-- billing.run_watch(): what nobody has said, or whoever was to do it died over: a run whose batches are done ends, and a tenant with a
-- subscription that is or will be due has a run planned.
-- requires: billing.run_end, billing.run_due, billing.run_replan, job.enqueue
CREATE FUNCTION billing.run_watch() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_run uuid;
BEGIN
    SELECT r.id INTO v_run FROM billing.billing_run r WHERE r.tenant_id = base.tenant_id() AND r.state = 'running';
    IF EXISTS (SELECT FROM job.job j WHERE j.tenant_id = base.tenant_id() AND j.kind = 'billing_run'
                AND j.state IN ('scheduled', 'leased')) THEN
        RETURN;
    ELSIF v_run IS NOT NULL THEN
        PERFORM billing.run_end(v_run);
    ELSIF NOT EXISTS (SELECT FROM job.schedule s WHERE s.tenant_id = base.tenant_id() AND s.kind = 'billing_run'
                       AND s.due_at <= base.business_now() + interval '1 hour')
          AND EXISTS (SELECT FROM billing.run_due()) THEN
        PERFORM job.enqueue('billing_run', format('found:%s@%s', pg_current_xact_id(), extract(epoch FROM now())));
    ELSE
        PERFORM billing.run_replan();
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.run_watch() TO billfold_invoiced;
