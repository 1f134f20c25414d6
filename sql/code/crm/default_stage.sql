-- crm.default_pipeline(), crm.default_stage(pipeline): where a deal begins that names neither.
CREATE OR REPLACE FUNCTION crm.default_pipeline() RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT p.id FROM crm.pipeline p
     WHERE p.tenant_id = base.tenant_id() AND p.archived_at IS NULL
     ORDER BY p.created_at, p.id LIMIT 1
$$;

CREATE OR REPLACE FUNCTION crm.default_stage(p_pipeline uuid) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT s.id FROM crm.stage s
     WHERE s.tenant_id = base.tenant_id() AND s.pipeline_id = p_pipeline AND s.archived_at IS NULL
     ORDER BY s.position, s.id LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION crm.default_pipeline(), crm.default_stage(uuid) TO billfold_program;
