-- tenant.roll(slug): the tenants of this installation, or the one of that slug, for those who run it. Goes
-- from tenant to tenant under each one's policy, and leaves none entered. Raises ZB404 for a slug
-- that nobody has.
-- requires: tenant.door_every, tenant.door_slug
CREATE OR REPLACE FUNCTION tenant.roll(only_slug text)
RETURNS TABLE (slug text, id uuid, name text, state text, sandbox boolean, currency text, time_zone text, locale text,
    business_at timestamptz, created_at timestamptz, default_entity_id uuid, users bigint, clients bigint,
    jobs_open bigint, jobs_dead bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_ids uuid[] := CASE WHEN $1 IS NULL THEN ARRAY(SELECT tenant.door_every())
                         ELSE ARRAY(SELECT tenant.door_slug($1)) END;
    v_id uuid;
BEGIN
    IF $1 IS NOT NULL AND cardinality(v_ids) = 0 THEN
        PERFORM base.raise('ZB404', format('There is no tenant %s.', $1));
    END IF;
    FOREACH v_id IN ARRAY v_ids LOOP
        PERFORM set_config('app.tenant', v_id::text, true);
        RETURN QUERY
        SELECT t.slug, t.id, t.name, t.state, t.sandbox, t.currency, t.time_zone, t.locale, t.business_at, t.created_at,
               t.default_entity_id,
               (SELECT count(*) FROM auth.app_user u WHERE u.tenant_id = v_id AND u.archived_at IS NULL),
               (SELECT count(*) FROM auth.client c WHERE c.tenant_id = v_id AND c.archived_at IS NULL),
               (SELECT count(*) FROM job.job j WHERE j.tenant_id = v_id AND j.state IN ('scheduled', 'leased')),
               (SELECT count(*) FROM job.job j WHERE j.tenant_id = v_id AND j.state = 'dead')
          FROM tenant.tenant t WHERE t.tenant_id = v_id;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END;
$$;

GRANT EXECUTE ON FUNCTION tenant.roll(text) TO billfold_admin;
