-- meta.cancel_operation(id, anybodys): asks an operation to end; one that has not begun ends here. Raises ZBSTA when it
-- has ended already, ZB403 when another has asked for it, unless the caller may end anybody's.
CREATE OR REPLACE FUNCTION meta.cancel_operation(id uuid, anybodys boolean) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_state text;
    v_actor text;
BEGIN
    SELECT o.state, o.actor INTO v_state, v_actor FROM meta.operation o WHERE o.tenant_id = base.tenant_id() AND o.id = $1 FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such operation.');
    ELSIF NOT $2 AND v_actor IS DISTINCT FROM current_setting('app.actor') THEN
        PERFORM base.raise('ZB403', 'Somebody else has asked for this operation.');
    ELSIF v_state NOT IN ('pending', 'running') THEN
        PERFORM base.raise('ZBSTA', 'The operation has ended.');
    END IF;
    UPDATE meta.operation o
       SET cancel_requested = true,
           state = CASE o.state WHEN 'pending' THEN 'cancelled' ELSE o.state END,
           finished_at = CASE o.state WHEN 'pending' THEN clock_timestamp() END
     WHERE o.tenant_id = base.tenant_id() AND o.id = $1;
END;
$$;

GRANT EXECUTE ON FUNCTION meta.cancel_operation(uuid, boolean) TO billfold_api;
