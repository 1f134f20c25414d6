-- base.raise_fields(sqlstate, detail, fields): refuses with several wrong fields at once; fields is an
-- array of {pointer, code, detail}, or NULL.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.raise_fields(sqlstate text, detail text, fields jsonb) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = $1, MESSAGE = $2, DETAIL = coalesce($3, '[]')::text;
END;
$$;

GRANT EXECUTE ON FUNCTION base.raise_fields(text, text, jsonb) TO billfold_program;
