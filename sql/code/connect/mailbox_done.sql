-- connect.mailbox_done(name, validity, uid): a mail has had its effect, in the transaction that commits it, or has none. Raises
-- ZB409 when somebody else was first: the effect is theirs.
-- requires: base.raise
CREATE FUNCTION connect.mailbox_done(p_name text, p_validity bigint, p_uid bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE connect.mailbox m SET last_uid = p_uid, read_at = clock_timestamp()
     WHERE m.name = p_name AND m.uid_validity = p_validity AND m.last_uid < p_uid;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB409', 'Another has read this mailbox meanwhile.');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION connect.mailbox_done(text, bigint, bigint) TO billfold_maild;
