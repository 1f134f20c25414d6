-- connect.mailbox_open(name, validity): the id up to which a mailbox has been read. One whose ids were given anew is read from
-- its beginning: what has had its effect has none again.
CREATE FUNCTION connect.mailbox_open(p_name text, p_validity bigint) RETURNS bigint
LANGUAGE sql AS $$
    UPDATE connect.mailbox m
       SET uid_validity = p_validity, read_at = clock_timestamp(),
           last_uid = CASE m.uid_validity WHEN p_validity THEN m.last_uid ELSE 0 END,
           trying = CASE m.uid_validity WHEN p_validity THEN m.trying ELSE 0 END
     WHERE m.name = p_name
    RETURNING m.last_uid
$$;

GRANT EXECUTE ON FUNCTION connect.mailbox_open(text, bigint) TO billfold_maild;
