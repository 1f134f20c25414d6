-- auth.mail_link(user_id, purpose): asks the mail worker for a link of that purpose; it makes the link itself, so
-- that no token waits in a job.
-- requires: job.enqueue
CREATE OR REPLACE FUNCTION auth.mail_link(user_id uuid, purpose text) RETURNS void
LANGUAGE sql
AS $$
    SELECT job.enqueue('send_link', $2 || ':' || base.new_id()::text, jsonb_build_object('user_id', $1, 'purpose', $2))
$$;

GRANT EXECUTE ON FUNCTION auth.mail_link(uuid, text) TO billfold_admin;
