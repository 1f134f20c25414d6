-- ledger.lock(id, entity, through): nothing is booked up to and with this day any more. Forward only. Waits for
-- entries that are being written, which then lie before the lock; those that come later meet it.
CREATE FUNCTION ledger.lock(p_id uuid, p_entity uuid, p_through date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_now date;
BEGIN
    IF NOT EXISTS (SELECT FROM tenant.entity e WHERE e.tenant_id = base.tenant_id() AND e.id = p_entity) THEN
        PERFORM base.raise('ZB422', 'No such entity.', '/entity_id', 'not_found');
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('ledger.period ' || p_entity, 0));
    SELECT p.locked_through INTO v_now FROM ledger.period p
     WHERE p.tenant_id = base.tenant_id() AND p.entity_id = p_entity FOR UPDATE;
    IF v_now > p_through THEN
        PERFORM base.raise('ZBLCK', format('The books are locked through %s.', v_now));
    END IF;
    INSERT INTO ledger.period (id, entity_id, locked_through) VALUES (p_id, p_entity, p_through)
    ON CONFLICT (tenant_id, entity_id) DO UPDATE SET locked_through = EXCLUDED.locked_through;
END
$$;

GRANT EXECUTE ON FUNCTION ledger.lock(uuid, uuid, date) TO billfold_api;
