-- base.touch_parent('schema.parent', 'column'): statement trigger of a child table that is embedded
-- in its parent's representation: the parents of the rows that came, changed or went move their
-- version, and each says so by an event. A parent that this transaction has already made or moved stays as it is.
-- Runs as the owner, whom the policy binds too: who may add a child need not be allowed to change parents.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.touch_parent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_parent regclass := TG_ARGV[0]::regclass;
    v_rows text;
    v record;
BEGIN
    v_rows := CASE TG_OP
        WHEN 'INSERT' THEN format('SELECT tenant_id, %I FROM new_rows', TG_ARGV[1])
        WHEN 'DELETE' THEN format('SELECT tenant_id, %I FROM old_rows', TG_ARGV[1])
        -- Rows that were written and are what they were have not changed.
        ELSE format('SELECT tenant_id, %1$I FROM (TABLE new_rows EXCEPT TABLE old_rows) n'
                    ' UNION SELECT tenant_id, %1$I FROM (TABLE old_rows EXCEPT TABLE new_rows) o', TG_ARGV[1])
    END;
    FOR v IN EXECUTE format('UPDATE %s p SET version = p.version + 1 WHERE (p.tenant_id, p.id) IN (%s)'
        ' AND p.xmin <> pg_current_xact_id()::xid RETURNING p.id, p.version', v_parent, v_rows)
    LOOP
        PERFORM job.emit(split_part(TG_ARGV[0], '.', 2) || '.updated', split_part(TG_ARGV[0], '.', 2), v.id, NULL, v.version);
    END LOOP;
    RETURN NULL;
END;
$$;
