-- connect.accounting_take(adapter, limit): the next batch for an accounting system: one that was begun and not confirmed, else
-- new entries of one entity, as old as there are. An entry is in one batch for ever, so that a batch that is posted
-- twice is the same batch. No row: nothing to do.
CREATE FUNCTION connect.accounting_take(p_adapter text, p_limit integer)
RETURNS TABLE (batch_id uuid, entity_id uuid, base_currency text, base_exponent smallint)
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_batch uuid;
    v_entity uuid;
    v_entries integer;
BEGIN
    -- One batch at a time for a tenant and adapter, whoever asks.
    PERFORM pg_advisory_xact_lock(hashtextextended('accounting:' || p_adapter || ':' || v_tenant, 0));
    SELECT b.id, b.entity_id INTO v_batch, v_entity FROM connect.accounting_batch b
     WHERE b.tenant_id = v_tenant AND b.adapter = p_adapter AND b.posted_at IS NULL ORDER BY b.id LIMIT 1;
    IF NOT FOUND THEN
        SELECT e.entity_id INTO v_entity FROM ledger.entry e
         WHERE e.tenant_id = v_tenant
           AND NOT EXISTS (SELECT FROM connect.accounting_entry x
                WHERE x.tenant_id = v_tenant AND x.adapter = p_adapter AND x.entry_id = e.id)
         ORDER BY e.id LIMIT 1;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        v_batch := base.new_id();
        INSERT INTO connect.accounting_batch (id, adapter, entity_id, entries) VALUES (v_batch, p_adapter, v_entity, 0);
        INSERT INTO connect.accounting_entry (adapter, entry_id, batch_id)
        SELECT p_adapter, e.id, v_batch FROM ledger.entry e
         WHERE e.tenant_id = v_tenant AND e.entity_id = v_entity
           AND NOT EXISTS (SELECT FROM connect.accounting_entry x
                WHERE x.tenant_id = v_tenant AND x.adapter = p_adapter AND x.entry_id = e.id)
         ORDER BY e.id LIMIT p_limit;
        GET DIAGNOSTICS v_entries = ROW_COUNT;
        UPDATE connect.accounting_batch b SET entries = v_entries WHERE b.tenant_id = v_tenant AND b.id = v_batch;
    END IF;
    RETURN QUERY
        SELECT v_batch, v_entity, n.base_currency, c.exponent
          FROM tenant.entity n JOIN base.currency c ON c.code = n.base_currency
         WHERE n.tenant_id = v_tenant AND n.id = v_entity;
END
$$;

GRANT EXECUTE ON FUNCTION connect.accounting_take(text, integer) TO billfold_syncd;
