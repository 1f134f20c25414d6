-- base.currency_exponent(code): minor units' decimal places; NULL for no currency of ISO 4217.
CREATE OR REPLACE FUNCTION base.currency_exponent(code text) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT c.exponent::integer FROM base.currency c WHERE c.code = $1 $$;

GRANT EXECUTE ON FUNCTION base.currency_exponent(text) TO billfold_program;
