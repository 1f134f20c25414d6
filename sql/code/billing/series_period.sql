-- billing.series_period(reset, date): the counter that a date belongs to: '', '2026' or '2026-07'. Stable, as
-- to_char is: told to be more, it would not become part of the statement that calls it, and be planned at each call.
CREATE FUNCTION billing.series_period(p_reset text, p_date date) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE p_reset WHEN 'year' THEN to_char(p_date, 'YYYY') WHEN 'month' THEN to_char(p_date, 'YYYY-MM') ELSE '' END
$$;

GRANT EXECUTE ON FUNCTION billing.series_period(text, date) TO billfold_program;
