-- job.retry(id): a dead letter runs again from its first attempt; its alert is closed. Raises ZB404 or
-- ZBSTA. Who asked for it stands in the trail.
CREATE OR REPLACE FUNCTION job.retry(id uuid) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_state text;
BEGIN
    SELECT j.state INTO v_state
      FROM job.job j WHERE j.tenant_id = base.tenant_id() AND j.id = $1 FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'There is no such job.');
    ELSIF v_state <> 'dead' THEN
        PERFORM base.raise('ZBSTA', format('The job is not dead but %s.', v_state));
    END IF;
    UPDATE job.job j
       SET state = 'scheduled', attempts = 0, run_at = now(), finished_at = NULL, updated_at = clock_timestamp(),
           version = j.version + 1
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1;
    UPDATE job.alert a SET closed_at = clock_timestamp()
     WHERE a.tenant_id = base.tenant_id() AND a.job_id = $1 AND a.closed_at IS NULL;
    PERFORM audit.note('retry', 'job', $1, NULL);
END;
$$;

GRANT EXECUTE ON FUNCTION job.retry(uuid) TO billfold_program;
