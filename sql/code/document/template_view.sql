-- document.template_view: a tenant's own mail templates.
CREATE VIEW document.template_view WITH (security_invoker = true) AS
SELECT t.tenant_id, t.id, t.version, t.created_at, t.updated_at, t.archived_at,
       t.kind, t.locale, t.subject, t.text, t.html
  FROM document.template t;

GRANT SELECT ON document.template_view TO billfold_program;
