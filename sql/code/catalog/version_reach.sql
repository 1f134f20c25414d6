-- catalog.version_reach(applies to): whom a version reaches: as it says, else as the tenant does (settings.billing.version_reach).
CREATE OR REPLACE FUNCTION catalog.version_reach(p_applies_to text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(p_applies_to, (SELECT t.settings #>> '{billing,version_reach}' FROM tenant.tenant t
        WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id()), 'new')
$$;

GRANT EXECUTE ON FUNCTION catalog.version_reach(text) TO billfold_program;
