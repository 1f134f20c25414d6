-- crm.default_pipeline(): where a deal begins that names none.
CREATE OR REPLACE FUNCTION crm.default_pipeline() RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT p.id FROM crm.pipeline p
     WHERE p.tenant_id = base.tenant_id() AND p.archived_at IS NULL
     ORDER BY p.created_at, p.id LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION crm.default_pipeline() TO billfold_program;
