-- base.ascending(integers): whether they are a set in its order: each greater than the one before, none NULL.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.ascending(integers integer[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT array_position($1, NULL) IS NULL
       AND NOT EXISTS (SELECT FROM generate_subscripts($1, 1) AS i WHERE $1[i] <= $1[i - 1])
$$;

GRANT EXECUTE ON FUNCTION base.ascending(integer[]) TO billfold_program;
