-- tenant.module_on(name): whether the tenant uses this part of the product: what nobody has switched off (settings.modules) is on. Keeps its
-- plan: in SQL, which cannot become part of the statement that asks, it was planned at each call.
CREATE OR REPLACE FUNCTION tenant.module_on(p_name text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(t.settings -> 'modules' ->> p_name, 'true') <> 'false'
              FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id());
END
$$;

GRANT EXECUTE ON FUNCTION tenant.module_on(text) TO billfold_program;
