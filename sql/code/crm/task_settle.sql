-- crm.task_settle(key): the matter is over: its open task, if there is one, is done.
-- requires: job.emit
CREATE OR REPLACE FUNCTION crm.task_settle(p_key text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v crm.task;
BEGIN
    UPDATE crm.task SET state = 'done'
     WHERE tenant_id = base.tenant_id() AND dedupe_key = p_key AND state = 'open'
    RETURNING * INTO v;
    IF FOUND THEN
        PERFORM job.emit('task.done', 'task', v.id, jsonb_build_object('kind', v.kind,
            'account_id', v.account_id, 'invoice_id', v.invoice_id));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION crm.task_settle(text) TO billfold_program;
