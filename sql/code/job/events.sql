-- job.events(before_txid, before_id, object_id, limit): events before a place in the feed, newest first, of one object where
-- object_id is given. Whoever has made a change sees it at once: unlike job.changes it waits for no other transaction, for who
-- goes on backwards passes nobody over who commits late.
-- requires: base.instant, job.event_view
CREATE OR REPLACE FUNCTION job.events(before_txid xid8, before_id uuid, object_id uuid, max_rows integer)
RETURNS TABLE (txid xid8, event_id uuid, body text)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    -- Two statements: each has its own index to walk backwards.
    IF $3 IS NULL THEN
        RETURN QUERY
        SELECT v.txid, v.event_id, row_to_json(r)::text
          FROM job.event_view v
         CROSS JOIN LATERAL (SELECT v.event_id, v.type, v.also, v.object, v.id, v.account_id, v.version, v.actor,
                                    v.request_id, base.instant(v.business_at) AS business_at, base.instant(v.recorded_at) AS recorded_at, v.payload) r
         WHERE v.tenant_id = base.tenant_id() AND (v.txid, v.event_id) < ($1, $2)
         ORDER BY v.txid DESC, v.event_id DESC LIMIT $4;
    ELSE
        RETURN QUERY
        SELECT v.txid, v.event_id, row_to_json(r)::text
          FROM job.event_view v
         CROSS JOIN LATERAL (SELECT v.event_id, v.type, v.also, v.object, v.id, v.account_id, v.version, v.actor,
                                    v.request_id, base.instant(v.business_at) AS business_at, base.instant(v.recorded_at) AS recorded_at, v.payload) r
         WHERE v.tenant_id = base.tenant_id() AND v.id = $3 AND v.txid <= $1 AND (v.txid, v.event_id) < ($1, $2)
         ORDER BY v.txid DESC, v.event_id DESC LIMIT $4;
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION job.events(xid8, uuid, uuid, integer) TO billfold_program;
