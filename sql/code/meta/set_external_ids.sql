-- meta.set_external_ids(resource, table, whole, default_only, objects, systems, ids): what other systems call these objects:
-- of `whole` all of them, of `default_only` the one of system default; objects of neither are new. What is so already
-- stays; an object whose ids change moves its version, whose representation they are part of.
CREATE OR REPLACE FUNCTION meta.set_external_ids(p_resource text, p_table regclass, p_whole uuid[], p_default uuid[],
    p_object uuid[], p_system text[], p_id text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_gone uuid[];
    v_come uuid[];
BEGIN
    WITH gone AS (
        DELETE FROM meta.external_id x
         WHERE x.tenant_id = base.tenant_id() AND x.resource = p_resource
           AND (x.object_id = ANY (p_whole) OR (x.object_id = ANY (p_default) AND x.system = 'default'))
           AND NOT EXISTS (SELECT FROM unnest(p_object, p_system, p_id) AS w (object, system, id)
                            WHERE w.object = x.object_id AND w.system = x.system AND w.id = x.external_id)
        RETURNING x.object_id)
    SELECT array_agg(g.object_id) INTO v_gone FROM gone g;
    WITH come AS (
        INSERT INTO meta.external_id AS x (resource, object_id, system, external_id)
        SELECT p_resource, w.object, w.system, w.id
          FROM unnest(p_object, p_system, p_id) AS w (object, system, id)
         WHERE NOT EXISTS (SELECT FROM meta.external_id h WHERE h.tenant_id = base.tenant_id() AND h.resource = p_resource
                             AND h.system = w.system AND h.external_id = w.id AND h.object_id = w.object)
        RETURNING x.object_id)
    SELECT array_agg(c.object_id) INTO v_come FROM come c;
    v_gone := ARRAY(SELECT DISTINCT u.id FROM unnest(v_gone || v_come) AS u (id)
                     WHERE u.id = ANY (p_whole) OR u.id = ANY (p_default));
    IF cardinality(v_gone) > 0 THEN
        EXECUTE format('UPDATE %s t SET version = t.version + 1 WHERE t.tenant_id = base.tenant_id() AND t.id = ANY ($1)', p_table)
          USING v_gone;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION meta.set_external_ids(text, regclass, uuid[], uuid[], uuid[], text[], text[]) TO billfold_program;
