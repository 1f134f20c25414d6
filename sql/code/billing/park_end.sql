-- billing.park_end(tasks): some of what was parked for these causes is so no more: what is left of each is told, and as the cause may be gone it is tried again
-- at once, but for what waits to be released, and what somebody is at work on: who parks or releases has its row before the task.
-- requires: billing.park_task_tell, job.enqueue
CREATE FUNCTION billing.park_end(p_tasks uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing.park_task_tell(w.id) FROM (SELECT DISTINCT t AS id FROM unnest(p_tasks) t WHERE t IS NOT NULL ORDER BY t) w;
    UPDATE billing.subscription_retry r SET retry_at = base.business_now()
      FROM (SELECT k.subscription_id
              FROM billing.subscription s
              JOIN billing.subscription_retry k ON k.tenant_id = s.tenant_id AND k.subscription_id = s.id AND k.retry_at > base.business_now()
             WHERE s.tenant_id = base.tenant_id() AND s.park_task_id = ANY (p_tasks)
               FOR UPDATE OF k SKIP LOCKED) w
     WHERE r.tenant_id = base.tenant_id() AND r.subscription_id = w.subscription_id;
    IF FOUND THEN
        PERFORM job.enqueue('billing_run', format('mended:%s@%s', pg_current_xact_id(), extract(epoch FROM now())));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.park_end(uuid[]) TO billfold_api, billfold_invoiced;
