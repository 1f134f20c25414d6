-- job.schedules_put(kind, keys, dues, payloads): job.schedule_put of a set, each once.
CREATE OR REPLACE FUNCTION job.schedules_put(kind text, keys text[], dues timestamptz[], payloads jsonb[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO job.schedule AS s (kind, key, due_at, anchor_at, payload)
    SELECT $1, u.key, u.due, u.due, coalesce(u.payload, '{}') FROM unnest($2, $3, $4) AS u (key, due, payload) ORDER BY u.key
    ON CONFLICT ON CONSTRAINT schedule_kind_key DO UPDATE
       SET due_at = excluded.due_at, anchor_at = excluded.anchor_at, n = 0, payload = excluded.payload, every = NULL;
END
$$;

GRANT EXECUTE ON FUNCTION job.schedules_put(text, text[], timestamptz[], jsonb[]) TO billfold_program;
