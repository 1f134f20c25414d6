-- audit.check_chain(): what was changed, taken out, put in or cut off in any tenant's trail, and rows that have waited for their seal for
-- more than five minutes; no row when all is well. Enters each tenant for audit.verify(), and leaves none entered.
-- requires: audit.verify
CREATE FUNCTION audit.check_chain() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE plpgsql
AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT t.id, t.state FROM tenant.tenant t ORDER BY t.id LOOP
        PERFORM set_config('app.tenant', v.id::text, true);
        RETURN QUERY SELECT v.id, 'audit.seal', f.batch::text, f.finding FROM audit.verify() f;
        IF v.state = 'active' THEN
            RETURN QUERY
            SELECT v.id, 'audit.entry', u.id::text, format('%s rows are not sealed, the oldest of %s', u.n, u.recorded_at)
              FROM (SELECT min(e.id::text) AS id, count(*) AS n, min(e.recorded_at) AS recorded_at
                      FROM audit.entry e
                      LEFT JOIN audit.head h ON h.tenant_id = e.tenant_id
                     WHERE e.tenant_id = v.id AND e.txid > coalesce(h.last_txid, '0'::xid8)) u
             WHERE u.recorded_at < clock_timestamp() - interval '5 minutes';
        END IF;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END;
$$;

COMMENT ON FUNCTION audit.check_chain() IS 'the trail of every tenant is whole and sealed
compare with a backup from before and with the heads that the scheduler logged; billfold-scheduler seals';
