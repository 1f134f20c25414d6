-- crm.location_view: a place of an account as the API shows it.
CREATE VIEW crm.location_view WITH (security_invoker = true) AS
SELECT
    l.tenant_id, l.id, l.version, l.created_at, l.updated_at, l.archived_at,
    l.account_id, l.name, l.kind, l.address, l.po_number, l.custom
FROM crm.location l;

GRANT SELECT ON crm.location_view TO billfold_program;
