-- billing.bill_settings(): the tenant's choices, what is billed among them.
CREATE FUNCTION billing.bill_settings() RETURNS TABLE (settings jsonb)
LANGUAGE sql STABLE AS $$
    SELECT t.settings FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id()
$$;

GRANT EXECUTE ON FUNCTION billing.bill_settings() TO billfold_program;
