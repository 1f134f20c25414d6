-- ledger.lock(id, entity, through): nothing is booked up to and with this day any more. Forward only, and not into
-- the future. Waits for entries that are being written, which then lie before the lock; those that come
-- later meet it. entity NULL: the tenant's default one. Returns the entity.
-- requires: job.emit
CREATE FUNCTION ledger.lock(p_id uuid, p_entity uuid, p_through date) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_now date;
    v_id uuid;
    v_entity uuid;
BEGIN
    SELECT e.id INTO v_entity
      FROM tenant.tenant t
      JOIN tenant.entity e ON e.tenant_id = t.tenant_id AND e.id = coalesce(p_entity, t.default_entity_id)
     WHERE t.tenant_id = base.tenant_id();
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'No such entity.', '/entity_id', 'not_found');
    ELSIF p_through >= base.business_today() THEN
        PERFORM base.raise('ZB422', 'A period is locked once it is over.', '/through', 'out_of_range');
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('ledger.period ' || v_entity, 0));
    SELECT p.locked_through INTO v_now FROM ledger.period p
     WHERE p.tenant_id = base.tenant_id() AND p.entity_id = v_entity FOR UPDATE;
    IF v_now > p_through THEN
        PERFORM base.raise('ZBLCK', format('The books are locked through %s.', v_now));
    END IF;
    INSERT INTO ledger.period (id, entity_id, locked_through) VALUES (p_id, v_entity, p_through)
    ON CONFLICT (tenant_id, entity_id) DO UPDATE SET locked_through = EXCLUDED.locked_through
    RETURNING id INTO v_id;
    PERFORM job.emit('ledger_period.locked', 'ledger_period', v_id, jsonb_build_object('entity_id', v_entity,
        'locked_through', p_through));
    RETURN v_entity;
END
$$;

GRANT EXECUTE ON FUNCTION ledger.lock(uuid, uuid, date) TO billfold_api;
