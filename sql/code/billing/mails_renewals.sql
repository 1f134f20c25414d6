-- billing.mails_renewals(): whether customers are told by mail that a term ends (settings.billing.renewal_mails): unless the tenant says no.
CREATE FUNCTION billing.mails_renewals() RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(t.settings #>> '{billing,renewal_mails}', 'true') <> 'false'
      FROM tenant.tenant t WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id()
$$;

GRANT EXECUTE ON FUNCTION billing.mails_renewals() TO billfold_program;
