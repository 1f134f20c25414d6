-- crm.contact_view: a contact as the API shows it.
CREATE VIEW crm.contact_view WITH (security_invoker = true) AS
SELECT
    c.tenant_id, c.id, c.version, c.created_at, c.updated_at, c.archived_at,
    c.account_id, c.name, c.name_norm, c.email, c.email_norm, c.phone, c.title, c.locale, c.roles, c.custom
FROM crm.contact c;

GRANT SELECT ON crm.contact_view TO billfold_program;
