-- search.pattern(text): the pattern of LIKE that a text contains this one by; % and _ are themselves.
CREATE OR REPLACE FUNCTION search.pattern(text text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT '%' || replace(replace(replace($1, '\', '\\'), '%', '\%'), '_', '\_') || '%' $$;

GRANT EXECUTE ON FUNCTION search.pattern(text) TO billfold_search;
