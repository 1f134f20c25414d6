-- audit.verify(): what is wrong with the trail of the tenant entered: one row a finding, none when the
-- chain holds. Finds rows that were changed, deleted, added or swapped in a sealed batch, batches that
-- were changed or taken out, and a tail that was cut off.
-- requires: audit.batch_hash
CREATE OR REPLACE FUNCTION audit.verify() RETURNS TABLE (batch bigint, finding text)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_seal audit.seal;
    v_head audit.head;
    v_last xid8 := '0';
    v_next bigint := 1;
    v_hash bytea := sha256(convert_to(v_tenant::text, 'UTF8'));
    v_found record;
BEGIN
    FOR v_seal IN SELECT * FROM audit.seal s WHERE s.tenant_id = v_tenant ORDER BY s.batch LOOP
        batch := v_seal.batch;
        IF v_seal.batch <> v_next OR v_seal.first_txid <> v_last THEN
            finding := format('the chain does not continue: expected batch %s after transaction %s', v_next, v_last);
            RETURN NEXT;
        END IF;
        SELECT * INTO v_found FROM audit.batch_hash(v_tenant, v_seal.first_txid, v_seal.last_txid, v_hash);
        IF v_found.row_count <> v_seal.row_count THEN
            finding := format('%s rows were sealed, %s are there', v_seal.row_count, v_found.row_count);
            RETURN NEXT;
        ELSIF v_found.hash <> v_seal.hash THEN
            finding := 'the rows are not those that were sealed';
            RETURN NEXT;
        END IF;
        -- Go on from what was recorded, so that one finding does not bring all later batches with it.
        v_hash := v_seal.hash;
        v_last := v_seal.last_txid;
        v_next := v_seal.batch + 1;
    END LOOP;
    SELECT * INTO v_head FROM audit.head h WHERE h.tenant_id = v_tenant;
    batch := v_next - 1;
    IF v_head IS NULL THEN
        IF v_next > 1 THEN
            finding := 'the head of the chain is missing';
            RETURN NEXT;
        END IF;
    ELSIF v_head.batch <> v_next - 1 OR v_head.hash <> v_hash OR v_head.last_txid <> v_last THEN
        finding := format('the chain ends at batch %s, its head says %s', v_next - 1, v_head.batch);
        RETURN NEXT;
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION audit.verify() TO billfold_program;
