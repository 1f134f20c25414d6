-- connect.processor_named(id): the account that a request names by processor_id; there must be one (ZB422).
CREATE FUNCTION connect.processor_named(p_id uuid) RETURNS TABLE (id uuid, kind text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT p.id, p.kind FROM connect.processor p
                  WHERE p.tenant_id = base.tenant_id() AND p.id = p_id AND p.archived_at IS NULL;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'There is no such processor.', '/processor_id', 'not_found');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION connect.processor_named(uuid) TO billfold_program;
