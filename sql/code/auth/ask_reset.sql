-- auth.ask_reset(email): asks the mail worker for a reset link, where an active user of the tenant entered
-- has that address. The worker makes the link itself: no token waits in a job.
-- requires: job.enqueue
CREATE OR REPLACE FUNCTION auth.ask_reset(email text) RETURNS void
LANGUAGE sql
AS $$
    SELECT job.enqueue('send_link', 'reset:' || base.new_id()::text,
                       jsonb_build_object('user_id', u.id, 'purpose', 'reset'))
      FROM auth.app_user u
     WHERE u.tenant_id = base.tenant_id() AND u.email_norm = lower($1) COLLATE "C" AND u.state = 'active'
       AND u.archived_at IS NULL
$$;

GRANT EXECUTE ON FUNCTION auth.ask_reset(text) TO billfold_api;
