-- job.bury(id, reason): makes a job of the tenant entered a dead letter: state, reason, alert and event
-- together. For the functions of this schema, which have locked the row.
-- requires: job.emit
CREATE OR REPLACE FUNCTION job.bury(id uuid, reason text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_kind text;
    v_key text;
    v_attempts integer;
    v_version bigint;
BEGIN
    UPDATE job.job j
       SET state = 'dead', lease_until = NULL, lease_token = NULL, last_error = left($2, 2000),
           finished_at = clock_timestamp(), updated_at = clock_timestamp(), version = j.version + 1
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1
    RETURNING j.kind, j.key, j.attempts, j.version INTO v_kind, v_key, v_attempts, v_version;
    INSERT INTO job.alert (job_id, kind, reason) VALUES ($1, v_kind, left($2, 2000))
    ON CONFLICT (tenant_id, job_id) WHERE closed_at IS NULL DO NOTHING;
    PERFORM job.emit('job.dead', 'job', $1, jsonb_build_object('kind', v_kind, 'key', v_key, 'attempts', v_attempts,
        'reason', left($2, 2000)), v_version);
END;
$$;

GRANT EXECUTE ON FUNCTION job.bury(uuid, text) TO billfold_program;
