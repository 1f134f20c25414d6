-- crm.stage_view: a stage as the API shows it.
CREATE VIEW crm.stage_view WITH (security_invoker = true) AS
SELECT
    s.tenant_id, s.id, s.version, s.created_at, s.updated_at, s.archived_at,
    s.pipeline_id, s.name, s.probability, s.position, s.rotting_days
FROM crm.stage s;

GRANT SELECT ON crm.stage_view TO billfold_program;
