-- ledger.period_hold(tenant, entity): until this transaction ends, no period of the entity is locked by another; returns through which day
-- its books are locked by now, NULL where they never were. The shared lock waits for a session that is locking one
-- (ledger.lock holds it alone), and costs nobody else anything.
CREATE FUNCTION ledger.period_hold(p_tenant uuid, p_entity uuid) RETURNS date
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ledger.period ' || p_entity, 0));
    -- A statement of its own: it sees what was waited for.
    RETURN (SELECT p.locked_through FROM ledger.period p WHERE p.tenant_id = p_tenant AND p.entity_id = p_entity);
END
$$;

GRANT EXECUTE ON FUNCTION ledger.period_hold(uuid, uuid) TO billfold_program;
