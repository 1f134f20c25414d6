-- audit.seal(max_transactions): chains the trail of the tenant entered, up to so many transactions that
-- are surely finished; returns the number of rows sealed and the chain's head, which the job logs, so
-- that a copy of it stands where the database's own superuser cannot reach. Writers pay nothing.
-- A row that turns up behind the head was not written by a program: audit.verify() finds it.
-- Owned by billfold_audit, which may insert into the trail and nothing else.
-- requires: audit.batch_hash
CREATE OR REPLACE FUNCTION audit.seal(max_transactions integer, OUT sealed bigint, OUT head text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
    v_batch bigint;
    v_last xid8;
    v_hash bytea;
    v_upto xid8;
BEGIN
    SELECT h.batch, h.last_txid, h.hash INTO v_batch, v_last, v_hash
      FROM audit.head h WHERE h.tenant_id = v_tenant FOR UPDATE;
    IF NOT FOUND THEN
        v_batch := 0;
        v_last := '0';
        v_hash := sha256(convert_to(v_tenant::text, 'UTF8'));
    END IF;
    -- The last transaction of this batch: whole transactions only.
    SELECT t.txid INTO v_upto
      FROM (SELECT DISTINCT e.txid FROM audit.entry e
             WHERE e.tenant_id = v_tenant AND e.txid > v_last AND e.txid < v_horizon
             ORDER BY e.txid LIMIT $1) t
     ORDER BY t.txid DESC LIMIT 1;
    sealed := 0;
    IF v_upto IS NOT NULL THEN
        SELECT b.row_count, b.hash INTO sealed, v_hash FROM audit.batch_hash(v_tenant, v_last, v_upto, v_hash) b;
        v_batch := v_batch + 1;
        INSERT INTO audit.seal (tenant_id, batch, first_txid, last_txid, row_count, hash)
        VALUES (v_tenant, v_batch, v_last, v_upto, sealed, v_hash);
        INSERT INTO audit.head AS h (tenant_id, batch, last_txid, hash)
        VALUES (v_tenant, v_batch, v_upto, v_hash)
            ON CONFLICT (tenant_id) DO UPDATE
           SET batch = excluded.batch, last_txid = excluded.last_txid, hash = excluded.hash
         WHERE h.batch = excluded.batch - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another sealing of this tenant is at work';
        END IF;
    END IF;
    head := v_batch || ':' || encode(v_hash, 'hex');
END;
$$;

ALTER FUNCTION audit.seal(integer) OWNER TO billfold_audit;
GRANT EXECUTE ON FUNCTION audit.seal(integer) TO billfold_scheduler;
