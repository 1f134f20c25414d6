-- meta.drop_files(): files of exports are kept for seven days; the operations stay. Returns how many pieces went.
CREATE OR REPLACE FUNCTION meta.drop_files() RETURNS bigint
LANGUAGE sql
AS $$
    WITH gone AS (
        DELETE FROM meta.operation_part p
         USING meta.operation o
         WHERE o.tenant_id = base.tenant_id() AND o.kind = 'export' AND o.finished_at < now() - interval '7 days'
           AND p.tenant_id = o.tenant_id AND p.operation_id = o.id
        RETURNING 1)
    SELECT count(*) FROM gone
$$;

GRANT EXECUTE ON FUNCTION meta.drop_files() TO billfold_scheduler;
