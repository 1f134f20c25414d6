-- billing.series_shape(pattern): the regular expression of what its numbers look like: each run of digits, written or
-- put in, is some digits. Two patterns of one shape may give the same number.
CREATE FUNCTION billing.series_shape(p_pattern text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    -- Digits first, so that what is escaped for the expression does not hide them.
    SELECT '^' || replace(regexp_replace(regexp_replace(p_pattern, '(\{(N+|YYYY|YY|MM)\}|[0-9])+', '0', 'g'),
        '([^[:alnum:][:space:]])', '\\\1', 'g'), '0', '[0-9]+') || '$'
$$;

GRANT EXECUTE ON FUNCTION billing.series_shape(text) TO billfold_program;
