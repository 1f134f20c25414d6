-- api.expect(found, sqlstate, detail): raises unless at least one row was found:
--   WITH u AS (UPDATE … RETURNING 1) SELECT api.expect((SELECT count(*) FROM u))
CREATE OR REPLACE FUNCTION api.expect(found bigint, sqlstate text DEFAULT 'ZB404',
    detail text DEFAULT 'No such record.') RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF $1 IS NULL OR $1 < 1 THEN
        PERFORM base.raise($2, $3);
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION api.expect(bigint, text, text) TO billfold_program;
