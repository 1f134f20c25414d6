-- crm.default_stage(pipeline): where a deal begins that names no stage. Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION crm.default_stage(p_pipeline uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT s.id FROM crm.stage s
         WHERE s.tenant_id = base.tenant_id() AND s.pipeline_id = p_pipeline AND s.archived_at IS NULL
         ORDER BY s.position, s.id LIMIT 1);
END
$$;

GRANT EXECUTE ON FUNCTION crm.default_stage(uuid) TO billfold_program;
