-- ledger.guard_period(): no entry is dated in a locked period. The shared lock waits for a session that
-- is locking one (ledger.lock holds it alone), and costs nobody else anything.
CREATE OR REPLACE FUNCTION ledger.guard_period() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT n.tenant_id, n.entity_id, min(n.entry_date) AS first FROM new_rows n
              GROUP BY n.tenant_id, n.entity_id ORDER BY n.entity_id LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('ledger.period ' || v.entity_id, 0));
        IF EXISTS (SELECT FROM ledger.period p
                    WHERE p.tenant_id = v.tenant_id AND p.entity_id = v.entity_id AND p.locked_through >= v.first) THEN
            PERFORM base.raise('ZBLCK', format('The period of %s is locked.', v.first));
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
