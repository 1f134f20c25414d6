-- crm.note_view: a note as the API shows it.
CREATE VIEW crm.note_view WITH (security_invoker = true) AS
SELECT
    n.tenant_id, n.id, n.version, n.created_at, n.updated_at, n.archived_at,
    n.account_id, n.deal_id, n.kind, n.body
FROM crm.note n;

GRANT SELECT ON crm.note_view TO billfold_program;
