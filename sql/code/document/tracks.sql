-- document.tracks(): whether the tenant wants to know if its mails are looked at (settings.mail_tracking): unless it says no.
-- Keeps its plan: in SQL it was planned at each call.
CREATE OR REPLACE FUNCTION document.tracks() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(t.settings ->> 'mail_tracking', 'true') <> 'false'
          FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id());
END
$$;

GRANT EXECUTE ON FUNCTION document.tracks() TO billfold_program;
