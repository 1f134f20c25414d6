-- api.sweep_answers(max_rows): deletes answers that are older than 24 hours, for the tenant entered;
-- returns how many went. An expired answer that is still there is not replayed either.
CREATE OR REPLACE FUNCTION api.sweep_answers(max_rows integer) RETURNS bigint
LANGUAGE sql
AS $$
    WITH gone AS (
        DELETE FROM api.answer a
         WHERE a.tenant_id = base.tenant_id() AND (a.scope, a.key) IN (
               SELECT o.scope, o.key FROM api.answer o
                WHERE o.tenant_id = base.tenant_id() AND o.created_at < now() - interval '24 hours'
                ORDER BY o.created_at LIMIT $1)
        RETURNING 1)
    SELECT count(*) FROM gone
$$;

GRANT EXECUTE ON FUNCTION api.sweep_answers(integer) TO billfold_program;
