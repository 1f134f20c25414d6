-- collect.method_changed(account): the account has a method that may be charged by itself, perhaps another than before: cases that
-- wait for one go on. Called when a default method comes or changes, in its transaction.
-- requires: collect.method_of, job.enqueue
CREATE OR REPLACE FUNCTION collect.method_changed(p_account uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT job.enqueue('retry_charge', 'resume:' || d.invoice_id || '@' || extract(epoch FROM clock_timestamp()),
               jsonb_build_object('invoice_id', d.invoice_id))
      FROM collect.dunning d
     WHERE d.tenant_id = base.tenant_id() AND d.account_id = p_account AND d.state = 'active' AND d.paused_on IS NOT NULL
       AND d.plan_from IS NOT NULL AND collect.method_of(p_account, d.stopped, d.stopped_method_id) IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION collect.method_changed(uuid) TO billfold_program;
