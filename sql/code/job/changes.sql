-- job.changes(after_txid, after_id, limit): events after a place in the feed, oldest first, of transactions that are surely
-- finished: whatever is still in progress may yet commit with a smaller number, and would be skipped for
-- ever. A transaction that stays open for long (a dump) holds the feed back; nothing is lost.
-- requires: base.instant, job.event_view
CREATE OR REPLACE FUNCTION job.changes(after_txid xid8, after_id uuid, max_rows integer)
RETURNS TABLE (txid xid8, event_id uuid, body text)
LANGUAGE sql STABLE
AS $$
    SELECT v.txid, v.event_id, row_to_json(r)::text
      FROM job.event_view v
     CROSS JOIN LATERAL (SELECT v.event_id, v.type, v.also, v.object, v.id, v.account_id, v.version, v.actor,
                                v.request_id, base.instant(v.business_at) AS business_at, base.instant(v.recorded_at) AS recorded_at, v.payload) r
     WHERE v.tenant_id = base.tenant_id() AND (v.txid, v.event_id) > ($1, $2)
       AND v.txid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY v.txid, v.event_id LIMIT $3
$$;

GRANT EXECUTE ON FUNCTION job.changes(xid8, uuid, integer) TO billfold_program;
