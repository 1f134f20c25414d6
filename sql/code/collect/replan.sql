-- collect.replan(account): a policy was changed, or another holds from now on: the reminders of what is open are planned anew after this
-- transaction; of one account, or of all (NULL).
-- requires: job.enqueue
CREATE OR REPLACE FUNCTION collect.replan(p_account uuid DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$
    SELECT job.enqueue('plan_reminders', 'replan:' || coalesce(p_account::text, 'all') || '@'
               || extract(epoch FROM clock_timestamp()),
               jsonb_build_object('account_id', p_account, 'after', base.business_now()))
$$;

GRANT EXECUTE ON FUNCTION collect.replan(uuid) TO billfold_program;
