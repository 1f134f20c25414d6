-- crm.pipeline_view: a pipeline with its stages in order.
CREATE VIEW crm.pipeline_view WITH (security_invoker = true) AS
SELECT
    p.tenant_id, p.id, p.version, p.created_at, p.updated_at, p.archived_at, p.name,
    (SELECT coalesce(json_agg(row_to_json(s) ORDER BY s.position, s.id), '[]')
       FROM (SELECT 'stage' AS object, g.id, g.version, g.pipeline_id, g.name, g.probability, g.position,
                    g.rotting_days, g.created_at, g.updated_at, g.archived_at
               FROM crm.stage g
              WHERE g.tenant_id = p.tenant_id AND g.pipeline_id = p.id AND g.archived_at IS NULL) s) AS stages
FROM crm.pipeline p;

GRANT SELECT ON crm.pipeline_view TO billfold_program;
