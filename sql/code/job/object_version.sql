-- job.object_version(object, id): the version of the row that an object's name and id mean, NULL where no
-- table of that name carries versions. The name is the table's, but for user.
CREATE OR REPLACE FUNCTION job.object_version(object text, object_id uuid) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_table regclass;
    v_version bigint;
BEGIN
    SELECT c.oid INTO v_table
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version'
     WHERE c.relname = CASE $1 WHEN 'user' THEN 'app_user' ELSE $1 END AND c.relkind = 'r'
       AND n.nspname NOT LIKE 'pg\_%'
     ORDER BY n.nspname LIMIT 1;
    IF v_table IS NOT NULL THEN
        EXECUTE format('SELECT t.version FROM %s t WHERE t.tenant_id = $1 AND t.id = $2', v_table)
           INTO v_version USING base.tenant_id(), $2;
    END IF;
    RETURN v_version;
END;
$$;

GRANT EXECUTE ON FUNCTION job.object_version(text, uuid) TO billfold_program;
