-- search.contains(kind, field, text): ids of the tenant's objects whose field contains the text, whatever the
-- case; % and _ are themselves. A text without a trigram is looked for in all that the tenant has in the field.
-- requires: search.has_trigram, search.pattern
CREATE OR REPLACE FUNCTION search.contains(kind text, field text, text text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_text text := lower($3);
    -- Made once: a generic plan would make it anew for every row.
    v_pattern text := search.pattern(v_text);
BEGIN
    IF search.has_trigram(v_text) THEN
        RETURN QUERY
        SELECT e.object_id
          FROM search.entry e
         WHERE e.tenant_id = base.tenant_id() AND e.kind = $1 AND e.field = $2 AND e.text LIKE v_pattern;
    ELSE
        RETURN QUERY
        SELECT e.object_id
          FROM search.entry e
         WHERE e.tenant_id = base.tenant_id() AND e.kind = $1 AND e.field = $2 AND strpos(e.text, v_text) > 0;
    END IF;
END;
$$;

ALTER FUNCTION search.contains(text, text, text) OWNER TO billfold_search;
REVOKE EXECUTE ON FUNCTION search.contains(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search.contains(text, text, text) TO billfold_program;
