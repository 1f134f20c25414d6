-- search.score(query, text): how well a text answers a query: what begins with it before what merely contains it, and that
-- before what is like it. Of one expression, so that it becomes part of the statement that asks.
CREATE OR REPLACE FUNCTION search.score(query text, text text) RETURNS real
LANGUAGE sql IMMUTABLE
AS $$
    SELECT search.word_similarity($1, $2)
         + CASE WHEN starts_with($2, $1) THEN 1 WHEN strpos($2, $1) > 0 THEN 0.5 ELSE 0 END::real
$$;

GRANT EXECUTE ON FUNCTION search.score(text, text) TO billfold_search;
