-- connect.processor_default(id, entity, named): this account becomes the default of a seller (NULL: of those without
-- one): the former gives way, and that is told. named: entity is what it will be; else it stays what it is.
-- requires: job.emit
CREATE FUNCTION connect.processor_default(p_id uuid, p_entity uuid, p_named boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    UPDATE connect.processor p SET is_default = false
     WHERE p.tenant_id = base.tenant_id() AND p.id <> p_id AND p.is_default AND p.archived_at IS NULL
       AND p.entity_id IS NOT DISTINCT FROM CASE WHEN p_named THEN p_entity ELSE (SELECT x.entity_id
            FROM connect.processor x WHERE x.tenant_id = base.tenant_id() AND x.id = p_id) END
    RETURNING p.id, p.version INTO v;
    IF FOUND THEN
        PERFORM job.emit('processor.updated', 'processor', v.id, NULL, v.version);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION connect.processor_default(uuid, uuid, boolean) TO billfold_api;
