-- auth.set_client_state(name, state): lets a program in or keeps it out; what it holds of tokens ends with it.
-- requires: auth.client_id, job.emit
CREATE OR REPLACE FUNCTION auth.set_client_state(name text, state text)
RETURNS TABLE (id uuid, now_state text)
LANGUAGE plpgsql
AS $$
DECLARE
    v_id uuid := auth.client_id($1);
BEGIN
    UPDATE auth.client c SET state = $2 WHERE c.tenant_id = base.tenant_id() AND c.id = v_id AND c.state <> $2;
    IF FOUND THEN
        PERFORM job.emit('client.updated', 'client', v_id);
    END IF;
    RETURN QUERY SELECT v_id, $2;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.set_client_state(text, text) TO billfold_admin;
