-- crm.task_raise(...): the one open task of a matter: opened the first time, brought up to date
-- when the matter comes up again. Returns the task's id; event task.created only when it is new.
-- requires: job.emit
CREATE OR REPLACE FUNCTION crm.task_raise(p_id uuid, p_key text, p_kind text, p_title text, p_body text, p_due date,
    p_owner uuid, p_account uuid, p_deal uuid, p_invoice uuid) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid;
    v_times integer;
BEGIN
    INSERT INTO crm.task (id, dedupe_key, kind, title, body, due_date, owner_id, account_id, deal_id, invoice_id)
    VALUES (p_id, p_key, p_kind, p_title, p_body, p_due, p_owner, p_account, p_deal, p_invoice)
    ON CONFLICT (tenant_id, dedupe_key) WHERE state = 'open'
    DO UPDATE SET title = EXCLUDED.title, body = EXCLUDED.body, due_date = EXCLUDED.due_date,
        occurrences = task.occurrences + 1
    RETURNING id, occurrences INTO v_id, v_times;
    PERFORM job.emit(CASE v_times WHEN 1 THEN 'task.created' ELSE 'task.updated' END, 'task', v_id,
        jsonb_build_object('kind', p_kind, 'title', p_title, 'account_id', p_account, 'deal_id', p_deal,
            'invoice_id', p_invoice, 'owner_id', p_owner));
    RETURN v_id;
END
$$;

GRANT EXECUTE ON FUNCTION crm.task_raise(uuid, text, text, text, text, date, uuid, uuid, uuid, uuid)
    TO billfold_program;
