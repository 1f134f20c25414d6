-- job.enqueue(kind, key, payload, run_at, priority): a job, unique by (tenant, kind, key) for as long as its row is
-- kept: a second is nothing and returns NULL. run_at is real time. It starts after this transaction's commit.
CREATE OR REPLACE FUNCTION job.enqueue(kind text, key text, payload jsonb DEFAULT NULL, run_at timestamptz DEFAULT now(),
    priority integer DEFAULT 100) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_id uuid;
BEGIN
    INSERT INTO job.job (kind, key, payload, run_at, priority, request_id)
    VALUES ($1, $2, coalesce($3, '{}'), coalesce($4, now()), coalesce($5, 100),
            NULLIF(current_setting('app.request', true), ''))
    ON CONFLICT ON CONSTRAINT job_kind_key DO NOTHING
    RETURNING id INTO v_id;
    RETURN v_id;
END;
$$;

GRANT EXECUTE ON FUNCTION job.enqueue(text, text, jsonb, timestamptz, integer) TO billfold_program;
