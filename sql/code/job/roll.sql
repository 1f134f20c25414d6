-- job.roll(slug, states, kind, limit): jobs that are not done, newest first, of all tenants or the one of that slug.
-- Goes from tenant to tenant under each one's policy, and leaves none entered. Raises ZB404.
-- requires: tenant.roll
CREATE OR REPLACE FUNCTION job.roll(only_slug text, states text[], only_kind text, max_rows integer)
RETURNS TABLE (id uuid, tenant text, kind text, state text, attempts integer, max_attempts integer, run_at timestamptz,
    key text, last_error text, tenant_id uuid)
LANGUAGE plpgsql
AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT t.id, t.slug FROM tenant.roll($1) t LOOP
        PERFORM set_config('app.tenant', v.id::text, true);
        RETURN QUERY
        SELECT j.id, v.slug, j.kind, j.state, j.attempts, j.max_attempts, j.run_at, j.key, j.last_error, j.tenant_id
          FROM job.job j
         WHERE j.tenant_id = v.id AND j.state = ANY ($2) AND j.state IN ('scheduled', 'leased', 'dead')
           AND ($3 IS NULL OR j.kind = $3 COLLATE "C")
         ORDER BY j.id DESC LIMIT $4;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END;
$$;

GRANT EXECUTE ON FUNCTION job.roll(text, text[], text, integer) TO billfold_admin;
