-- base.raise(sqlstate, detail, pointer, field_code): how SQL refuses. sqlstate is one that
-- errors.def lists; detail is shown to the caller; pointer (RFC 6901, into the body) and
-- field_code name one wrong field.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.raise(sqlstate text, detail text, pointer text DEFAULT NULL,
    field_code text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF $3 IS NULL AND $4 IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = $1, MESSAGE = $2;
    END IF;
    RAISE EXCEPTION USING ERRCODE = $1, MESSAGE = $2,
        DETAIL = json_build_object('pointer', $3, 'code', $4)::text;
END;
$$;

GRANT EXECUTE ON FUNCTION base.raise(text, text, text, text) TO billfold_program, billfold_audit;
