-- auth.expect_held(wanted, held): nobody hands on what they do not hold: raises ZB403.
CREATE OR REPLACE FUNCTION auth.expect_held(wanted text[], held text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT $1 <@ $2 THEN
        PERFORM base.raise('ZB403', 'This would permit more than you may do yourself.');
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION auth.expect_held(text[], text[]) TO billfold_api;
