-- What people look into: the texts of these tables stand in search.entry (search.keep). A resource's fields that are
-- searched have their line here; the registry test compares.

CREATE FUNCTION search.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END; $$;

DO $$
DECLARE
    v_table regclass;
    v_kind text;
    v_fields text[];
    v_args text;
BEGIN
    FOR v_table, v_kind, v_fields IN VALUES
        ('crm.account'::regclass, 'account', ARRAY['legal_name', 'account_name', 'email']),
        ('crm.contact', 'contact', ARRAY['name', 'email']),
        ('crm.deal', 'deal', ARRAY['name']),
        ('crm.task', 'task', ARRAY['title']),
        ('catalog.product', 'product', ARRAY['code', 'name'])
    LOOP
        -- Field and column have one name in all of them.
        SELECT quote_literal(v_kind) || string_agg(format(', %1$L, %1$L', f), '' ORDER BY n)
          INTO v_args FROM unnest(v_fields) WITH ORDINALITY u(f, n);
        EXECUTE format('CREATE TRIGGER search_insert AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION search.keep(%s)',
            v_table, v_args);
        EXECUTE format('CREATE TRIGGER search_update AFTER UPDATE OF %s ON %s FOR EACH ROW EXECUTE FUNCTION search.keep(%s)',
            (SELECT string_agg(quote_ident(f), ', ') FROM unnest(v_fields) f), v_table, v_args);
        EXECUTE format('CREATE TRIGGER search_delete AFTER DELETE ON %s FOR EACH ROW EXECUTE FUNCTION search.keep(%s)',
            v_table, v_args);
    END LOOP;
END;
$$;
