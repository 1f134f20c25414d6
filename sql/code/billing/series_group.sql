-- billing.series_group(kind): which series numbers a kind of invoice.
CREATE FUNCTION billing.series_group(p_kind text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_kind WHEN 'credit' THEN 'credit_note' WHEN 'pro_forma' THEN 'pro_forma' ELSE 'invoice' END
$$;

GRANT EXECUTE ON FUNCTION billing.series_group(text) TO billfold_program;
