-- job.object_facts(object, id): version and account of the row that an object's name and id mean, each NULL where no
-- table of that name has it. The name is the table's, with its schema's before it where that alone says too little
-- (payment_attempt); app_user is user.
CREATE OR REPLACE FUNCTION job.object_facts(object text, object_id uuid, OUT version bigint, OUT account_id uuid)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_table regclass;
    v_has text[];
BEGIN
    SELECT c.oid, array_agg(a.attname) INTO v_table, v_has
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('version', 'account_id')
     WHERE c.relname = ANY (ARRAY[CASE $1 WHEN 'user' THEN 'app_user' ELSE $1 END,
                                  substr($1, strpos($1, '_') + 1)])
       AND (c.relname <> substr($1, strpos($1, '_') + 1) OR $1 IN (c.relname, n.nspname || '_' || c.relname))
       AND c.relkind = 'r' AND n.nspname NOT LIKE 'pg\_%'
     GROUP BY c.oid, c.relname, n.nspname ORDER BY c.relname <> $1, n.nspname LIMIT 1;
    IF v_table IS NOT NULL THEN
        EXECUTE format('SELECT %s, %s FROM %s t WHERE t.tenant_id = $1 AND t.id = $2',
                CASE WHEN 'version' = ANY (v_has) THEN 't.version' ELSE 'NULL::bigint' END,
                CASE WHEN 'account_id' = ANY (v_has) THEN 't.account_id' ELSE 'NULL::uuid' END, v_table)
           INTO version, account_id USING base.tenant_id(), $2;
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION job.object_facts(text, uuid) TO billfold_program;
