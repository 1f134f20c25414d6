-- auth.me(actor, id, modules): who the caller is, in which tenant, and which of these modules it uses: what a client starts with.
-- Keeps its plan: in SQL it was planned at each call.
-- requires: auth.me_user, base.instant, tenant.module_on
CREATE OR REPLACE FUNCTION auth.me(actor text, id uuid, modules text[]) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'kind', split_part($1, ':', 1),
            'user', CASE WHEN $1 LIKE 'user:%' THEN auth.me_user($2) END,
            'client', (SELECT json_build_object('object', 'client', 'id', c.id, 'name', c.name,
                                  'role', (SELECT r.key FROM auth.role r WHERE r.tenant_id = c.tenant_id AND r.id = c.role_id))
                         FROM auth.client c
                        WHERE $1 LIKE 'client:%' AND c.tenant_id = base.tenant_id() AND c.id = $2),
            'tenant', (SELECT json_build_object('object', 'tenant', 'id', t.id, 'slug', t.slug, 'name', t.name,
                                  'sandbox', t.sandbox, 'currency', t.currency, 'time_zone', t.time_zone, 'locale', t.locale,
                                  'business_now', base.instant(base.business_now()))
                         FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id()),
            'modules', (SELECT coalesce(json_object_agg(m, tenant.module_on(m) ORDER BY n), '{}')
                          FROM unnest($3) WITH ORDINALITY AS u (m, n))));
END
$$;

GRANT EXECUTE ON FUNCTION auth.me(text, uuid, text[]) TO billfold_api;
