-- meta.start_operation(id, kind, params): long work asked for by a request, with the job that does it: one
-- job of the same kind, keyed by the operation, its payload the parameters and operation_id.
-- requires: job.enqueue
CREATE OR REPLACE FUNCTION meta.start_operation(id uuid, kind text, params jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO meta.operation (id, kind, actor, params)
    VALUES ($1, $2, current_setting('app.actor'), $3);
    PERFORM job.enqueue($2, 'operation:' || $1, $3 || jsonb_build_object('operation_id', $1));
END;
$$;

GRANT EXECUTE ON FUNCTION meta.start_operation(uuid, text, jsonb) TO billfold_program;
