-- job.advance_clock(operation_id, to, job_id, patient): one step of moving a sandbox tenant's clock: to the next instant at
-- which a schedule falls due, with the jobs that this makes; when there is none before `to`, to `to`, and the
-- operation is done. Every step is whole, so that whoever comes next goes on from the clock. Returns
-- 'wait' while other jobs of the tenant are in work (not asked when impatient), 'moved', 'done' or
-- 'cancelled'.
-- requires: base.instant, job.in_work, job.run_schedules, job.next_due, tenant.set_clock
CREATE OR REPLACE FUNCTION job.advance_clock(operation_id uuid, until timestamptz, job_id uuid, patient boolean) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    v_state text;
    v_cancel boolean;
    v_due timestamptz;
BEGIN
    SELECT o.state, o.cancel_requested INTO v_state, v_cancel
      FROM meta.operation o WHERE o.tenant_id = base.tenant_id() AND o.id = $1 FOR UPDATE;
    IF v_state IS NULL OR v_state IN ('done', 'cancelled') THEN
        RETURN 'done';
    ELSIF v_cancel THEN
        UPDATE meta.operation o SET state = 'cancelled', finished_at = clock_timestamp()
         WHERE o.tenant_id = base.tenant_id() AND o.id = $1;
        RETURN 'cancelled';
    ELSIF v_state <> 'running' THEN
        UPDATE meta.operation o SET state = 'running', started_at = coalesce(o.started_at, clock_timestamp()), error = NULL,
               finished_at = NULL
         WHERE o.tenant_id = base.tenant_id() AND o.id = $1;
    END IF;
    IF $4 AND job.in_work($3) > 0 THEN
        RETURN 'wait';
    END IF;
    v_due := job.next_due(greatest($2, base.business_now()));
    IF v_due > base.business_now() THEN
        PERFORM tenant.set_clock(v_due);
    END IF;
    IF v_due IS NOT NULL THEN
        PERFORM job.run_schedules(500);
        UPDATE meta.operation o SET done = o.done + 1 WHERE o.tenant_id = base.tenant_id() AND o.id = $1;
        RETURN 'moved';
    END IF;
    IF $2 > base.business_now() THEN
        PERFORM tenant.set_clock($2);
    END IF;
    UPDATE meta.operation o
       SET state = 'done', finished_at = clock_timestamp(), total = o.done,
           result = jsonb_build_object('business_now', base.instant(base.business_now()))
     WHERE o.tenant_id = base.tenant_id() AND o.id = $1;
    RETURN 'done';
END;
$$;

GRANT EXECUTE ON FUNCTION job.advance_clock(uuid, timestamptz, uuid, boolean) TO billfold_scheduler;
