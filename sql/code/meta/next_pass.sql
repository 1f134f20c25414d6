-- meta.next_pass(id, pass): the file is through. Rows that wait for another one of its rows are gone through once more, as
-- long as the pass before brought any of them on; those that nothing brings on have failed. Returns how many wait in the
-- pass that begins; 0: the file is done with. Raises ZBLSE when another worker has been here.
CREATE OR REPLACE FUNCTION meta.next_pass(p_id uuid, p_pass integer) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_waiting bigint;
BEGIN
    SELECT count(*) INTO v_waiting FROM meta.operation_result r
     WHERE r.tenant_id = base.tenant_id() AND r.operation_id = p_id AND r.outcome = 'pending';
    IF v_waiting = 0 THEN
        RETURN 0;
    END IF;
    UPDATE meta.operation o SET pass = p_pass + 1, position = 0, waiting = v_waiting
     WHERE o.tenant_id = base.tenant_id() AND o.id = p_id AND o.state = 'running' AND o.pass = p_pass
       AND (o.waiting = 0 OR v_waiting < o.waiting);
    IF FOUND THEN
        RETURN v_waiting;
    END IF;
    UPDATE meta.operation_result r SET outcome = 'failed'
     WHERE r.tenant_id = base.tenant_id() AND r.operation_id = p_id AND r.outcome = 'pending';
    UPDATE meta.operation o SET failed = o.failed + v_waiting
     WHERE o.tenant_id = base.tenant_id() AND o.id = p_id AND o.state = 'running' AND o.pass = p_pass;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBLSE', 'Another worker has begun the next pass.');
    END IF;
    RETURN 0;
END;
$$;

GRANT EXECUTE ON FUNCTION meta.next_pass(uuid, integer) TO billfold_program;
