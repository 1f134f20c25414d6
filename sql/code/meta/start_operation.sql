-- meta.start_operation(id, kind, params, resource, caller, dry_run, total): long work asked for by a request, with the
-- job that does it: one job of the same kind, keyed by the operation. caller: as whom it is done, as the
-- programs keep it; where there is none the machinery does it, and the parameters are the job's too.
-- requires: job.enqueue
CREATE OR REPLACE FUNCTION meta.start_operation(id uuid, kind text, params jsonb, resource text DEFAULT NULL,
    caller jsonb DEFAULT NULL, dry_run boolean DEFAULT false, total bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO meta.operation (id, kind, actor, params, resource, caller, dry_run, total)
    VALUES ($1, $2, current_setting('app.actor'), $3, $4, coalesce($5, '{}'), $6, $7);
    PERFORM job.enqueue($2, 'operation:' || $1,
        CASE WHEN $5 IS NULL THEN $3 ELSE '{}' END || jsonb_build_object('operation_id', $1));
END;
$$;

GRANT EXECUTE ON FUNCTION meta.start_operation(uuid, text, jsonb, text, jsonb, boolean, bigint) TO billfold_program;
