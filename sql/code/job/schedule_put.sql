-- job.schedule_put(kind, key, due_at, payload, every): from due_at (business time) on there will be a job of this
-- kind; one schedule a kind and key, a later call replaces it. every NULL: once. The job's key is the
-- schedule's key, '@' and the due instant; its payload has `due_at`.
CREATE OR REPLACE FUNCTION job.schedule_put(kind text, key text, due_at timestamptz, payload jsonb DEFAULT NULL,
    every interval DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO job.schedule AS s (kind, key, due_at, anchor_at, payload, every)
    VALUES ($1, $2, $3, $3, coalesce($4, '{}'), $5)
    ON CONFLICT ON CONSTRAINT schedule_kind_key DO UPDATE
       SET due_at = excluded.due_at, anchor_at = excluded.anchor_at, n = 0, payload = excluded.payload,
           every = excluded.every;
END
$$;

GRANT EXECUTE ON FUNCTION job.schedule_put(text, text, timestamptz, jsonb, interval) TO billfold_program;
