-- job.run_schedules(limit): turns what is due in the tenant entered into jobs, each occurrence once: the row goes or
-- moves in the transaction that makes its job, and the job's key names the occurrence. Returns how many
-- were due; a schedule that missed several gets one job for each, one a call.
CREATE OR REPLACE FUNCTION job.run_schedules(max_rows integer) RETURNS integer
LANGUAGE sql
AS $$
    WITH due AS MATERIALIZED (
        SELECT s.tenant_id, s.id, s.kind, s.key, s.payload, s.every,
               to_char(s.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS due_text
          FROM job.schedule s
         WHERE s.tenant_id = base.tenant_id() AND s.due_at <= base.business_now()
         ORDER BY s.due_at, s.id LIMIT $1 FOR UPDATE SKIP LOCKED),
    made AS (
        INSERT INTO job.job (kind, key, payload, request_id)
        SELECT d.kind, d.key || '@' || d.due_text, d.payload || jsonb_build_object('due_at', d.due_text),
               NULLIF(current_setting('app.request', true), '')
          FROM due d
        ON CONFLICT ON CONSTRAINT job_kind_key DO NOTHING),
    gone AS (
        DELETE FROM job.schedule s USING due d
         WHERE s.tenant_id = d.tenant_id AND s.id = d.id AND d.every IS NULL),
    moved AS (
        UPDATE job.schedule s SET n = s.n + 1, due_at = s.anchor_at + (s.n + 1) * s.every
          FROM due d
         WHERE s.tenant_id = d.tenant_id AND s.id = d.id AND d.every IS NOT NULL)
    SELECT count(*)::integer FROM due
$$;

GRANT EXECUTE ON FUNCTION job.run_schedules(integer) TO billfold_program;
