-- job.schedule_drop(kind, key): no more of it; true when there was one.
CREATE OR REPLACE FUNCTION job.schedule_drop(kind text, key text) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM job.schedule s WHERE s.tenant_id = base.tenant_id() AND s.kind = $1 AND s.key = $2;
    RETURN FOUND;
END;
$$;

GRANT EXECUTE ON FUNCTION job.schedule_drop(text, text) TO billfold_program;
