-- billing.series_text(pattern, date, number): the number as documents carry it. {YYYY}, {YY} and {MM} are the issue
-- date's; {N} with more N: so many digits at least.
CREATE FUNCTION billing.series_text(p_pattern text, p_date date, p_no bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_digits text := (regexp_match(p_pattern, '\{(N+)\}'))[1];
    v_no text := p_no::text;
BEGIN
    v_no := lpad(v_no, greatest(length(v_digits), length(v_no)), '0');
    RETURN replace(replace(replace(replace(p_pattern, '{' || v_digits || '}', v_no),
        '{YYYY}', to_char(p_date, 'YYYY')), '{YY}', to_char(p_date, 'YY')), '{MM}', to_char(p_date, 'MM'));
END
$$;

GRANT EXECUTE ON FUNCTION billing.series_text(text, date, bigint) TO billfold_program;
