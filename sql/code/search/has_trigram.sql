-- search.has_trigram(text): whether the index of trigrams narrows a look for this text. Without one it would read what all tenants
-- have of the kind. Of one expression, so that it becomes part of the statement that asks.
CREATE OR REPLACE FUNCTION search.has_trigram(text text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT $1 ~ '[[:alnum:]]{3}' $$;

GRANT EXECUTE ON FUNCTION search.has_trigram(text) TO billfold_search;
