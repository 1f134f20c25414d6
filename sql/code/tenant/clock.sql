-- tenant.clock(): the business time of the tenant entered, as the API shows it.
-- requires: base.business_now, base.business_today, base.instant
CREATE OR REPLACE FUNCTION tenant.clock() RETURNS json
LANGUAGE sql STABLE
AS $$
    SELECT json_build_object('sandbox', t.sandbox, 'business_now', base.instant(base.business_now()), 'time_zone', t.time_zone,
                             'business_today', base.business_today())
      FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id()
$$;

GRANT EXECUTE ON FUNCTION tenant.clock() TO billfold_api;
