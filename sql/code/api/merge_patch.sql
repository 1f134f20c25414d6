-- api.merge_patch(target, patch): JSON Merge Patch (RFC 7396): null takes a member away, objects
-- merge, everything else replaces.
CREATE OR REPLACE FUNCTION api.merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    v_result jsonb := CASE WHEN jsonb_typeof($1) = 'object' THEN $1 ELSE '{}' END;
    v_key text;
    v_value jsonb;
BEGIN
    IF jsonb_typeof($2) IS DISTINCT FROM 'object' THEN
        RETURN $2;
    END IF;
    FOR v_key, v_value IN SELECT e.key, e.value FROM jsonb_each($2) e LOOP
        IF v_value = 'null' THEN
            v_result := v_result - v_key;
        ELSIF jsonb_typeof(v_value) = 'object' THEN
            v_result := jsonb_set(v_result, ARRAY[v_key], api.merge_patch(v_result -> v_key, v_value));
        ELSE
            v_result := jsonb_set(v_result, ARRAY[v_key], v_value);
        END IF;
    END LOOP;
    RETURN v_result;
END;
$$;

GRANT EXECUTE ON FUNCTION api.merge_patch(jsonb, jsonb) TO billfold_program;
