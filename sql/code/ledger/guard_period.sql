-- ledger.guard_period(): no entry is dated in a locked period, nor in one that is being locked.
-- requires: ledger.period_hold
CREATE OR REPLACE FUNCTION ledger.guard_period() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT n.tenant_id, n.entity_id, min(n.entry_date) AS first FROM new_rows n
              GROUP BY n.tenant_id, n.entity_id ORDER BY n.entity_id LOOP
        IF ledger.period_hold(v.tenant_id, v.entity_id) >= v.first THEN
            PERFORM base.raise('ZBLCK', format('The period of %s is locked.', v.first));
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
