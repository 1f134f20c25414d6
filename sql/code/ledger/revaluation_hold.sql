-- ledger.revaluation_hold(entity): nothing is booked to this entity until the transaction ends; entries that are being written are waited
-- for, and lie before it. NULL: the tenant's default one.
CREATE FUNCTION ledger.revaluation_hold(p_entity uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('ledger.period ' || coalesce(p_entity,
        (SELECT t.default_entity_id FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id())), 0));
END
$$;

GRANT EXECUTE ON FUNCTION ledger.revaluation_hold(uuid) TO billfold_api;
