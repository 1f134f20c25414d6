-- crm.default_stage(pipeline): where a deal begins that names no stage.
CREATE OR REPLACE FUNCTION crm.default_stage(p_pipeline uuid) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT s.id FROM crm.stage s
     WHERE s.tenant_id = base.tenant_id() AND s.pipeline_id = p_pipeline AND s.archived_at IS NULL
     ORDER BY s.position, s.id LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION crm.default_stage(uuid) TO billfold_program;
