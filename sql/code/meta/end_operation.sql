-- meta.end_operation(id, state, error, result): the end of a running operation. A file that came in has served; one that
-- was to come out and is not whole is nobody's.
CREATE OR REPLACE FUNCTION meta.end_operation(p_id uuid, p_state text, p_error jsonb, p_result jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE meta.operation o
       SET state = p_state, error = p_error, result = p_result, finished_at = clock_timestamp()
     WHERE o.tenant_id = base.tenant_id() AND o.id = p_id AND o.state = 'running';
    DELETE FROM meta.operation_part p
     USING meta.operation o
     WHERE o.tenant_id = base.tenant_id() AND o.id = p_id AND (o.kind <> 'export' OR o.state <> 'done')
       AND p.tenant_id = o.tenant_id AND p.operation_id = o.id;
END;
$$;

GRANT EXECUTE ON FUNCTION meta.end_operation(uuid, text, jsonb, jsonb) TO billfold_program;
