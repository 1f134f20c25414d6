-- search.find(query, kinds, max): what of these kinds has a text that contains the query or a word like it
-- (typing errors), best first. One row an object. A query without a trigram is looked for in all that the tenant has of
-- the kinds.
-- requires: search.has_trigram, search.pattern, search.score
CREATE OR REPLACE FUNCTION search.find(query text, kinds text[], max integer)
    RETURNS TABLE (kind text, object_id uuid, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_query text := lower($1);
    v_pattern text := search.pattern(v_query);
BEGIN
    IF search.has_trigram(v_query) THEN
        RETURN QUERY
        SELECT e.kind, e.object_id, max(search.score(v_query, e.text))
          FROM search.entry e
         WHERE e.tenant_id = base.tenant_id() AND e.kind = ANY ($2)
           AND (v_query OPERATOR(search.<%) e.text OR e.text LIKE v_pattern)
         GROUP BY e.kind, e.object_id
         ORDER BY 3 DESC, 2 DESC
         LIMIT $3;
    ELSE
        -- IS TRUE: no index is asked for it.
        RETURN QUERY
        SELECT e.kind, e.object_id, max(search.score(v_query, e.text))
          FROM search.entry e
         WHERE e.tenant_id = base.tenant_id() AND e.kind = ANY ($2)
           AND ((v_query OPERATOR(search.<%) e.text) IS TRUE OR strpos(e.text, v_query) > 0)
         GROUP BY e.kind, e.object_id
         ORDER BY 3 DESC, 2 DESC
         LIMIT $3;
    END IF;
END;
$$;

ALTER FUNCTION search.find(text, text[], integer) OWNER TO billfold_search;
REVOKE EXECUTE ON FUNCTION search.find(text, text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search.find(text, text[], integer) TO billfold_program;
