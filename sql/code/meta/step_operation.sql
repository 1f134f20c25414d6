-- meta.step_operation(id, job, token, lease_s, pass, from, to, results): a step of an operation, in the transaction of its
-- effect: rows after `from` up to `to` are dealt with, and this came of them. Renews the job's lease, and its attempts begin anew. Raises ZBLSE, and
-- with it rolls the effect back, when the lease is another's by now or somebody has made this step already. Returns
-- whether the end has been asked for. results: of those rows that have one, in columns.
-- requires: job.renew
CREATE OR REPLACE FUNCTION meta.step_operation(p_id uuid, p_job uuid, p_token uuid, p_lease_s integer, p_pass integer,
    p_from bigint, p_to bigint, p_position bigint[], p_line bigint[], p_outcome text[], p_object uuid[], p_error text[])
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    v_cancel boolean;
BEGIN
    PERFORM job.renew(p_job, p_token, p_lease_s, step => true);
    INSERT INTO meta.operation_result AS r (operation_id, position, line, outcome, object_id, error)
    SELECT p_id, u.position, u.line, u.outcome, u.object, u.error::jsonb
      FROM unnest(p_position, p_line, p_outcome, p_object, p_error) u (position, line, outcome, object, error)
    ON CONFLICT (tenant_id, operation_id, position) DO UPDATE
       SET outcome = excluded.outcome, object_id = coalesce(excluded.object_id, r.object_id), error = excluded.error;
    UPDATE meta.operation o
       SET position = p_to, created = o.created + n.created, updated = o.updated + n.updated,
           skipped = o.skipped + n.skipped, done = o.done + n.done, failed = o.failed + n.failed
      FROM (SELECT count(*) FILTER (WHERE w = 'created') AS created, count(*) FILTER (WHERE w = 'updated') AS updated,
                   count(*) FILTER (WHERE w = 'skipped') AS skipped, count(*) FILTER (WHERE w = 'failed') AS failed,
                   count(*) FILTER (WHERE w NOT IN ('failed', 'pending')) AS done
              FROM unnest(p_outcome) w) n
     WHERE o.tenant_id = base.tenant_id() AND o.id = p_id AND o.state = 'running' AND o.pass = p_pass
       AND o.position = p_from
    RETURNING o.cancel_requested INTO v_cancel;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBLSE', 'Another worker has made this step of the operation.');
    END IF;
    RETURN v_cancel;
END;
$$;

GRANT EXECUTE ON FUNCTION meta.step_operation(uuid, uuid, uuid, integer, integer, bigint, bigint, bigint[], bigint[],
    text[], uuid[], text[]) TO billfold_program;
