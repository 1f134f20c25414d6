-- connect.mailbox_turn(name, every): whether it is time to look into a mailbox, so many seconds after the last look: then this
-- is one, whatever comes of it.
CREATE FUNCTION connect.mailbox_turn(p_name text, p_every integer) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO connect.mailbox AS m (name) VALUES (p_name)
    ON CONFLICT (name) DO UPDATE SET asked_at = clock_timestamp()
     WHERE m.asked_at <= clock_timestamp() - make_interval(secs => p_every);
    RETURN FOUND;
END
$$;

GRANT EXECUTE ON FUNCTION connect.mailbox_turn(text, integer) TO billfold_maild;
