-- job.claim(id, lease_s, max_attempts, share): takes a due job for so long; no row when it is not there to be taken
-- (done, not due, another's, or the tenant has `share` of its kind in work already). The attempt is counted
-- here, so that a job which kills its workers comes to an end: the claim that would be one too many makes
-- it a dead letter instead. max_attempts: the kind's policy, NULL keeps the row's. What is open is told by its end and
-- not by its state: a state would let the planner read one of the partial indexes whole.
-- requires: job.bury
CREATE OR REPLACE FUNCTION job.claim(id uuid, lease_s integer, max_attempts integer DEFAULT NULL,
    share integer DEFAULT 0)
RETURNS TABLE (kind text, key text, payload jsonb, attempts integer, max_attempts_of integer, lease_token uuid,
    request_id text)
LANGUAGE plpgsql
AS $$
DECLARE
    v record;
BEGIN
    SELECT j.kind, j.attempts, coalesce($3, j.max_attempts) AS most, j.last_error INTO v
      FROM job.job j
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1
       AND j.finished_at IS NULL AND j.due_at <= clock_timestamp()
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF v.attempts >= v.most THEN
        PERFORM job.bury($1, 'The worker ended without an answer in attempt ' || v.attempts || ' of ' || v.most
            || coalesce('. Before that: ' || v.last_error, '.'));
        RETURN;
    END IF;
    IF $4 > 0 AND $4 <= (SELECT count(*) FROM job.job o
                          WHERE o.tenant_id = base.tenant_id() AND o.kind = v.kind AND o.state = 'leased'
                            AND o.lease_until > clock_timestamp()) THEN
        RETURN;
    END IF;
    RETURN QUERY
    UPDATE job.job j
       SET state = 'leased', attempts = j.attempts + 1, max_attempts = v.most, lease_token = gen_random_uuid(),
           lease_until = clock_timestamp() + make_interval(secs => $2), updated_at = clock_timestamp(),
           version = j.version + 1
     WHERE j.tenant_id = base.tenant_id() AND j.id = $1
    RETURNING j.kind, j.key, j.payload, j.attempts, j.max_attempts, j.lease_token, j.request_id;
END;
$$;

GRANT EXECUTE ON FUNCTION job.claim(uuid, integer, integer, integer) TO billfold_program;
