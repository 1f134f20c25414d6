-- document.tracks(): whether the tenant wants to know if its mails are looked at (settings.mail_tracking): unless it says no.
CREATE FUNCTION document.tracks() RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(t.settings ->> 'mail_tracking', 'true') <> 'false'
      FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id()
$$;

GRANT EXECUTE ON FUNCTION document.tracks() TO billfold_program;
