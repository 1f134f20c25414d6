-- base.secure_table(table, audit, stamp, parent, object): what every table with a tenant_id gets, in one
-- call of its migration: row-level security that binds the owner too, the one policy, and the
-- triggers. parent: 'schema.table(column)' when rows are embedded in a parent's representation.
-- An audited table has a column id; object is its name in the trail where that is not the table's.
-- phase: kernel
-- requires: base.stamp, base.touch_parent, audit.change
CREATE OR REPLACE PROCEDURE base.secure_table(target regclass, audit boolean DEFAULT true,
    stamp boolean DEFAULT true, parent text DEFAULT NULL, object text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    v_parent text[] := regexp_match($4, '^([a-z_]+\.[a-z_]+)\(([a-z_]+)\)$');
    v_call text;
    v_audit text := format('FOR EACH STATEMENT EXECUTE FUNCTION audit.change(%L)',
        coalesce($5, (SELECT c.relname FROM pg_class c WHERE c.oid = $1)));
BEGIN
    IF $4 IS NOT NULL AND v_parent IS NULL THEN
        RAISE EXCEPTION 'parent of % is not schema.table(column): %', $1, $4;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', $1);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', $1);
    -- The sub-select is evaluated once a statement instead of once a row.
    EXECUTE format('CREATE POLICY tenant ON %s'
        ' USING (tenant_id = (SELECT NULLIF(current_setting(''app.tenant'', true), '''')::uuid))'
        ' WITH CHECK (tenant_id = (SELECT NULLIF(current_setting(''app.tenant'', true), '''')::uuid))', $1);
    IF $3 THEN
        EXECUTE format('CREATE TRIGGER stamp BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION base.stamp(%s)', $1,
            (SELECT string_agg(quote_literal(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
              WHERE a.attrelid = $1 AND a.attgenerated = 's' AND NOT a.attisdropped));
    END IF;
    IF $2 THEN
        EXECUTE format('CREATE TRIGGER audit_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows %s',
            $1, v_audit);
        EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows'
            ' NEW TABLE AS new_rows %s', $1, v_audit);
        EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows %s',
            $1, v_audit);
    END IF;
    IF v_parent IS NOT NULL THEN
        v_call := format('FOR EACH STATEMENT EXECUTE FUNCTION base.touch_parent(%L, %L)', v_parent[1], v_parent[2]);
        EXECUTE format('CREATE TRIGGER touch_parent_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows %s',
            $1, v_call);
        EXECUTE format('CREATE TRIGGER touch_parent_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows'
            ' NEW TABLE AS new_rows %s', $1, v_call);
        EXECUTE format('CREATE TRIGGER touch_parent_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows %s',
            $1, v_call);
    END IF;
END;
$$;
