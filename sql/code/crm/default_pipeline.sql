-- crm.default_pipeline(): where a deal begins that names none. Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION crm.default_pipeline() RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT p.id FROM crm.pipeline p
         WHERE p.tenant_id = base.tenant_id() AND p.archived_at IS NULL
         ORDER BY p.created_at, p.id LIMIT 1);
END
$$;

GRANT EXECUTE ON FUNCTION crm.default_pipeline() TO billfold_program;
