-- search.keep(kind, field, column, ...): row trigger of a table that people look into: its texts stand in
-- search.entry, in the same transaction.
CREATE OR REPLACE FUNCTION search.keep() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_row jsonb;
    v_text text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM search.entry e
         WHERE e.tenant_id = OLD.tenant_id AND e.kind = TG_ARGV[0] AND e.object_id = OLD.id
           AND e.field = ANY (ARRAY(SELECT TG_ARGV[n] FROM generate_series(1, TG_NARGS - 2, 2) AS n));
        RETURN NULL;
    END IF;
    v_row := to_jsonb(NEW);
    FOR i IN 1 .. TG_NARGS - 2 BY 2 LOOP
        v_text := left(lower(v_row ->> TG_ARGV[i + 1]), 2000);
        IF v_text <> '' THEN
            INSERT INTO search.entry AS e (tenant_id, object_id, field, kind, text)
            VALUES (NEW.tenant_id, NEW.id, TG_ARGV[i], TG_ARGV[0], v_text)
            ON CONFLICT (tenant_id, kind, field, object_id) DO UPDATE SET text = excluded.text
             WHERE e.text <> excluded.text;
        ELSIF TG_OP = 'UPDATE' THEN
            DELETE FROM search.entry e
             WHERE e.tenant_id = NEW.tenant_id AND e.kind = TG_ARGV[0] AND e.field = TG_ARGV[i] AND e.object_id = NEW.id;
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;
