-- crm.task_view: a task as the API shows it.
CREATE VIEW crm.task_view WITH (security_invoker = true) AS
SELECT
    t.tenant_id, t.id, t.version, t.created_at, t.updated_at, t.archived_at,
    t.title, t.body, t.kind, t.state, t.due_date, t.owner_id, t.account_id, t.deal_id, t.invoice_id,
    t.occurrences
FROM crm.task t;

GRANT SELECT ON crm.task_view TO billfold_program;
