-- base.touch_parent('schema.parent', 'column'): statement trigger of a child table that is embedded
-- in its parent's representation: the parents of the rows that came, changed or went move their
-- version. A parent that this transaction has already made or moved stays as it is.
-- Runs as the owner, whom the policy binds too: who may add a child need not be allowed to change parents.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.touch_parent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rows text;
BEGIN
    v_rows := CASE TG_OP
        WHEN 'INSERT' THEN format('SELECT tenant_id, %I FROM new_rows', TG_ARGV[1])
        WHEN 'DELETE' THEN format('SELECT tenant_id, %I FROM old_rows', TG_ARGV[1])
        ELSE format('SELECT tenant_id, %1$I FROM new_rows UNION SELECT tenant_id, %1$I FROM old_rows', TG_ARGV[1])
    END;
    EXECUTE format('UPDATE %s p SET version = p.version + 1 WHERE (p.tenant_id, p.id) IN (%s)'
        ' AND p.xmin <> pg_current_xact_id()::xid', TG_ARGV[0]::regclass, v_rows);
    RETURN NULL;
END;
$$;
