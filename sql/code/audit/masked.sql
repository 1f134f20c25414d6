-- audit.masked(content, mask): content with the members that mask has laid over it, where it has them. PL/pgSQL, because a
-- statement's SQL functions are planned anew in each statement, and most tables have nothing to mask.
-- phase: kernel
CREATE OR REPLACE FUNCTION audit.masked(content jsonb, mask jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    IF $1 IS NULL OR $2 IS NULL THEN
        RETURN $1;
    END IF;
    RETURN $1 || coalesce((SELECT jsonb_object_agg(m.key, m.value) FROM jsonb_each($2) m
                            WHERE jsonb_typeof($1 -> m.key) <> 'null'), '{}');
END;
$$;

GRANT EXECUTE ON FUNCTION audit.masked(jsonb, jsonb) TO billfold_audit;
