-- billing.subscription_zone(subscription): whose days its dates are (the account's, else the seller's, else the tenant's).
-- Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION billing.subscription_zone(p_id uuid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(a.time_zone, e.time_zone, NULLIF(current_setting('app.zone', true), ''), 'UTC')
          FROM billing.subscription s
          JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
          LEFT JOIN tenant.entity e ON e.tenant_id = s.tenant_id AND e.id = s.entity_id
         WHERE s.tenant_id = base.tenant_id() AND s.id = p_id);
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_zone(uuid) TO billfold_program;
