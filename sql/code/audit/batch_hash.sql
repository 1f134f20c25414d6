-- audit.batch_hash(tenant, after, upto, before): the number of rows of the trail whose transactions lie
-- in (after, upto], and the SHA-256 over the hash before and every column of every row in the order
-- (txid, id). Rows are hashed one by one first, so that a swap of content between rows shows.
CREATE OR REPLACE FUNCTION audit.batch_hash(tenant uuid, after xid8, upto xid8, before bytea,
    OUT row_count bigint, OUT hash bytea)
LANGUAGE sql STABLE
AS $$
    SELECT count(*), sha256($4 || coalesce(string_agg(
               sha256(convert_to(jsonb_build_array(e.tenant_id, e.id, e.txid::text,
                   extract(epoch FROM e.recorded_at), extract(epoch FROM e.business_at), e.actor, e.actor_id,
                   e.request_id, e.address, e.action, e.object, e.object_id, e.before, e.after, e.detail)::text,
                   'UTF8')),
               ''::bytea ORDER BY e.txid, e.id), ''::bytea))
      FROM audit.entry e
     WHERE e.tenant_id = $1 AND e.txid > $2 AND e.txid <= $3
$$;

GRANT EXECUTE ON FUNCTION audit.batch_hash(uuid, xid8, xid8, bytea) TO billfold_program, billfold_audit;
