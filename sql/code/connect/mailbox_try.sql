-- connect.mailbox_try(name, validity, uid): a mail is about to be read; how often it was begun, this time too. Raises ZB409 when
-- somebody else has gone on meanwhile.
-- requires: base.raise
CREATE FUNCTION connect.mailbox_try(p_name text, p_validity bigint, p_uid bigint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_tries integer;
BEGIN
    UPDATE connect.mailbox m
       SET tries = CASE m.trying WHEN p_uid THEN m.tries + 1 ELSE 1 END, trying = p_uid
     WHERE m.name = p_name AND m.uid_validity = p_validity AND m.last_uid < p_uid
    RETURNING m.tries INTO v_tries;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB409', 'Another has read this mailbox meanwhile.');
    END IF;
    RETURN v_tries;
END
$$;

GRANT EXECUTE ON FUNCTION connect.mailbox_try(text, bigint, bigint) TO billfold_maild;
