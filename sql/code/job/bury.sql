-- job.bury(id, reason): makes a job of the tenant entered a dead letter: state, reason, alert and event
-- together; the operation that the job was to do has failed. For the functions of this schema, which have
-- locked the row.
-- requires: job.emit
CREATE OR REPLACE FUNCTION job.bury(id uuid, reason text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_kind text;
    v_key text;
    v_attempts integer;
    v_version bigint;
    v_operation text;
BEGIN
    UPDATE job.job j
       SET state = 'dead', lease_until = NULL, lease_token = NULL, last_error = left($2, 2000),
           finished_at = clock_timestamp(), updated_at = clock_timestamp(), version = j.version + 1
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1
    RETURNING j.kind, j.key, j.attempts, j.version, j.payload ->> 'operation_id'
      INTO v_kind, v_key, v_attempts, v_version, v_operation;
    INSERT INTO job.alert (job_id, kind, reason) VALUES ($1, v_kind, left($2, 2000))
    ON CONFLICT (tenant_id, job_id) WHERE closed_at IS NULL DO NOTHING;
    IF v_operation IS NOT NULL THEN
        UPDATE meta.operation o
           SET state = 'failed', finished_at = clock_timestamp(),
               error = jsonb_build_object('code', 'job_dead', 'detail', left($2, 2000))
         WHERE o.tenant_id = base.tenant_id() AND o.id = v_operation::uuid AND o.state IN ('pending', 'running');
    END IF;
    PERFORM job.emit('job.dead', 'job', $1, jsonb_build_object('kind', v_kind, 'key', v_key, 'attempts', v_attempts,
        'reason', left($2, 2000)), v_version);
END;
$$;

GRANT EXECUTE ON FUNCTION job.bury(uuid, text) TO billfold_program;
