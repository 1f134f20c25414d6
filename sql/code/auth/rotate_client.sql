-- auth.rotate_client(name, hash, prefix): another secret for the client of this name or id, which is returned.
-- requires: auth.client_id, auth.set_client_secret, job.emit
CREATE OR REPLACE FUNCTION auth.rotate_client(name text, hash text, prefix text) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_id uuid := auth.client_id($1);
BEGIN
    PERFORM auth.set_client_secret(v_id, $2, $3);
    PERFORM job.emit('client.updated', 'client', v_id);
    RETURN v_id;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.rotate_client(text, text, text) TO billfold_admin;
