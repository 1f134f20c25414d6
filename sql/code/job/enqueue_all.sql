-- job.enqueue_all(kind, keys, payloads): jobs of one kind as job.enqueue makes one, due at once: a key that there is already is
-- passed over.
CREATE OR REPLACE FUNCTION job.enqueue_all(kind text, keys text[], payloads jsonb[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO job.job (kind, key, payload, request_id)
    SELECT $1, u.key, coalesce(u.payload, '{}'), NULLIF(current_setting('app.request', true), '')
      FROM (SELECT unnest($2) AS key, unnest($3) AS payload) u
    ON CONFLICT ON CONSTRAINT job_kind_key DO NOTHING;
END;
$$;

GRANT EXECUTE ON FUNCTION job.enqueue_all(text, text[], jsonb[]) TO billfold_program;
