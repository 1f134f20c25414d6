-- api.sweep_answers(max_rows): deletes answers that are older than 24 hours, for the tenant entered;
-- returns how many went. An expired answer that is still there is not replayed either.
CREATE OR REPLACE FUNCTION api.sweep_answers(max_rows integer) RETURNS bigint
LANGUAGE sql
AS $$
    WITH old AS (
        SELECT a.tenant_id, a.scope, a.key FROM api.answer a
         WHERE a.tenant_id = base.tenant_id() AND a.created_at < now() - interval '24 hours'
         ORDER BY a.created_at LIMIT $1 FOR UPDATE SKIP LOCKED),
    gone AS (
        DELETE FROM api.answer a USING old o
         WHERE a.tenant_id = o.tenant_id AND a.scope = o.scope AND a.key = o.key
        RETURNING 1)
    SELECT count(*) FROM gone
$$;

GRANT EXECUTE ON FUNCTION api.sweep_answers(integer) TO billfold_program;
