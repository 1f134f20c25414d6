-- billing.expired_after(): so many days after its end a subscription's owner is told that it has ended (settings.billing.expired_after): 30 where the
-- tenant says nothing, NULL where it wants nobody told (0).
CREATE FUNCTION billing.expired_after() RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT NULLIF(coalesce((t.settings #>> '{billing,expired_after}')::integer, 30), 0)
      FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id()
$$;

GRANT EXECUTE ON FUNCTION billing.expired_after() TO billfold_program;
