-- audit.masked(content, mask): content with the members that mask has laid over it, where it has them.
-- phase: kernel
CREATE OR REPLACE FUNCTION audit.masked(content jsonb, mask jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN $2 IS NULL OR $1 IS NULL THEN $1 ELSE $1 || coalesce(
        (SELECT jsonb_object_agg(m.key, m.value) FROM jsonb_each($2) m
          WHERE jsonb_typeof($1 -> m.key) <> 'null'), '{}') END
$$;

GRANT EXECUTE ON FUNCTION audit.masked(jsonb, jsonb) TO billfold_audit;
