-- connect.check_mailbox(): mailboxes that are asked for their mails and have not given any news for an hour. One that nobody asks
-- any more is another configuration's.
CREATE FUNCTION connect.check_mailbox() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE AS $$
    SELECT NULL::uuid, 'connect.mailbox', m.name,
           CASE WHEN m.read_at IS NULL THEN 'has never been read'
                ELSE format('was last read %s', to_char(m.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')) END
      FROM connect.mailbox m
     WHERE m.asked_at > clock_timestamp() - interval '1 hour'
       AND coalesce(m.read_at, m.asked_at - interval '2 hours') < clock_timestamp() - interval '1 hour'
$$;

COMMENT ON FUNCTION connect.check_mailbox() IS 'the mailbox that answers come to is read
see the log of billfold-maild, and whether imap_url, imap_user and imap_password still are right';
