-- crm.task_tell(task, title, body, account): what an open task of the machinery says now; nothing where it says so already.
-- requires: job.emit
CREATE FUNCTION crm.task_tell(p_id uuid, p_title text, p_body text, p_account uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v crm.task;
BEGIN
    UPDATE crm.task t SET title = p_title, body = p_body, account_id = p_account
     WHERE t.tenant_id = base.tenant_id() AND t.id = p_id AND t.state = 'open'
       AND (t.title, t.body, t.account_id) IS DISTINCT FROM (p_title, p_body, p_account)
    RETURNING t.* INTO v;
    IF FOUND THEN
        PERFORM job.emit('task.updated', 'task', v.id, jsonb_build_object('kind', v.kind, 'title', v.title, 'account_id', v.account_id,
            'deal_id', v.deal_id, 'invoice_id', v.invoice_id, 'owner_id', v.owner_id));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION crm.task_tell(uuid, text, text, uuid) TO billfold_program;
