-- search.find(query, kinds, max): what of these kinds has a text that contains the query or a word like it
-- (typing errors), best first. One row an object.
CREATE OR REPLACE FUNCTION search.find(query text, kinds text[], max integer)
    RETURNS TABLE (kind text, object_id uuid, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_query text := lower($1);
    v_pattern text := '%' || replace(replace(replace(v_query, '\', '\\'), '%', '\%'), '_', '\_') || '%';
BEGIN
    RETURN QUERY
    SELECT f.kind, f.object_id, max(f.score)
      FROM (SELECT e.kind, e.object_id, search.word_similarity(v_query, e.text)
                 -- What begins with it goes before what merely contains it.
                 + CASE WHEN starts_with(e.text, v_query) THEN 1 WHEN strpos(e.text, v_query) > 0 THEN 0.5 ELSE 0 END::real AS score
              FROM search.entry e
             WHERE e.tenant_id = base.tenant_id() AND e.kind = ANY ($2)
               AND (v_query OPERATOR(search.<%) e.text
                    OR e.text LIKE v_pattern)) f
     GROUP BY f.kind, f.object_id
     ORDER BY 3 DESC, 2 DESC
     LIMIT $3;
END;
$$;

ALTER FUNCTION search.find(text, text[], integer) OWNER TO billfold_search;
REVOKE EXECUTE ON FUNCTION search.find(text, text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search.find(text, text[], integer) TO billfold_program;
