-- meta.refuse_rest(id, error): an operation cannot go on: rows that it has not come to are refused, each told why, so that all of them
-- add up.
CREATE OR REPLACE FUNCTION meta.refuse_rest(p_id uuid, p_error jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_n bigint;
BEGIN
    UPDATE meta.operation_result r SET outcome = 'failed', error = p_error
     WHERE r.tenant_id = base.tenant_id() AND r.operation_id = p_id AND r.outcome = 'pending';
    GET DIAGNOSTICS v_n = ROW_COUNT;
    WITH rest AS (
        INSERT INTO meta.operation_result (operation_id, position, outcome, error)
        SELECT o.id, n, 'failed', p_error
          FROM meta.operation o CROSS JOIN LATERAL generate_series(1, o.total) n
         WHERE o.tenant_id = base.tenant_id() AND o.id = p_id AND o.state = 'running'
        ON CONFLICT DO NOTHING
        RETURNING 1)
    SELECT v_n + count(*) INTO v_n FROM rest;
    UPDATE meta.operation o SET failed = o.failed + v_n
     WHERE o.tenant_id = base.tenant_id() AND o.id = p_id AND o.state = 'running' AND v_n > 0;
END;
$$;

GRANT EXECUTE ON FUNCTION meta.refuse_rest(uuid, jsonb) TO billfold_program;
