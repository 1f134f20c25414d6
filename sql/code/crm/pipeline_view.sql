-- crm.pipeline_view: a pipeline as the API shows it.
CREATE VIEW crm.pipeline_view WITH (security_invoker = true) AS
SELECT
    p.tenant_id, p.id, p.version, p.created_at, p.updated_at, p.archived_at, p.name
FROM crm.pipeline p;

GRANT SELECT ON crm.pipeline_view TO billfold_program;
