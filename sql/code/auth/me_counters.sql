-- auth.me_counters(user_id, held): how much waits for the caller, by what they may see: what a client shows
-- beside its menu. Each number ends at 1,000: more is "many". user_id is NULL for a program.
-- Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION auth.me_counters(user_id uuid, held text[]) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_strip_nulls(json_build_object(
            'my_open_tasks', CASE WHEN 'task.read' = ANY ($2) THEN (SELECT count(*) FROM (
                SELECT FROM crm.task t WHERE t.tenant_id = base.tenant_id() AND t.owner_id = $1 AND t.state = 'open'
                   AND t.archived_at IS NULL LIMIT 1000) x) END,
            'my_overdue_tasks', CASE WHEN 'task.read' = ANY ($2) THEN (SELECT count(*) FROM (
                SELECT FROM crm.task t WHERE t.tenant_id = base.tenant_id() AND t.owner_id = $1 AND t.state = 'open'
                   AND t.due_date < base.business_today() AND t.archived_at IS NULL LIMIT 1000) x) END,
            'open_tasks', CASE WHEN 'task.read' = ANY ($2) THEN (SELECT count(*) FROM (
                SELECT FROM crm.task t WHERE t.tenant_id = base.tenant_id() AND t.state = 'open'
                   AND t.archived_at IS NULL LIMIT 1000) x) END,
            'draft_invoices', CASE WHEN 'invoice.read' = ANY ($2) THEN (SELECT count(*) FROM (
                SELECT FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.status = 'draft' LIMIT 1000) x) END,
            'overdue_invoices', CASE WHEN 'invoice.read' = ANY ($2) THEN (SELECT count(*) FROM (
                SELECT FROM billing.invoice i WHERE i.tenant_id = base.tenant_id()
                   AND i.status IN ('open', 'partially_paid') AND i.due_date < base.business_today() LIMIT 1000) x) END,
            'dead_jobs', CASE WHEN 'job.read' = ANY ($2) THEN (SELECT count(*) FROM (
                SELECT FROM job.job j WHERE j.tenant_id = base.tenant_id() AND j.state = 'dead' LIMIT 1000) x) END)));
END
$$;

GRANT EXECUTE ON FUNCTION auth.me_counters(uuid, text[]) TO billfold_api;
