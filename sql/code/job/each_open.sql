-- job.each_open(slug): what waits, is in work and has died, by tenant and kind, over all tenants or the one of that
-- slug. Goes from tenant to tenant under each one's policy, and leaves none entered. Raises ZB404.
-- requires: tenant.roll
CREATE OR REPLACE FUNCTION job.each_open(only_slug text)
RETURNS TABLE (tenant text, kind text, backlog bigint, later bigint, leased bigint, dead bigint, oldest timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT t.id, t.slug FROM tenant.roll($1) t LOOP
        PERFORM set_config('app.tenant', v.id::text, true);
        RETURN QUERY
        SELECT v.slug, s.kind, s.backlog, s.later, s.leased, s.dead, s.oldest
          FROM job.system_view s WHERE s.backlog + s.later + s.leased + s.dead > 0;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END;
$$;

GRANT EXECUTE ON FUNCTION job.each_open(text) TO billfold_admin;
