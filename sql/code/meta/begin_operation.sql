-- meta.begin_operation(id): an operation as its worker finds it; it runs from now on unless it has ended. A job that was
-- revived after the operation had failed begins it again where it stood.
CREATE OR REPLACE FUNCTION meta.begin_operation(id uuid) RETURNS TABLE (kind text, state text, resource text, params json,
    caller json, dry_run boolean, total bigint, pass integer, at bigint, cancel_requested boolean)
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY
    UPDATE meta.operation o
       SET state = CASE WHEN o.state IN ('pending', 'failed') THEN 'running' ELSE o.state END,
           started_at = coalesce(o.started_at, clock_timestamp()),
           error = CASE WHEN o.state = 'failed' THEN NULL ELSE o.error END,
           finished_at = CASE WHEN o.state = 'failed' THEN NULL ELSE o.finished_at END
     WHERE o.tenant_id = base.tenant_id() AND o.id = $1
    RETURNING o.kind, o.state, o.resource, o.params::json, o.caller::json, o.dry_run, o.total, o.pass, o.position,
              o.cancel_requested;
END;
$$;

GRANT EXECUTE ON FUNCTION meta.begin_operation(uuid) TO billfold_program;
