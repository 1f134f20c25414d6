-- catalog.tax_rate_view: a tax rate as the API shows it.
CREATE VIEW catalog.tax_rate_view WITH (security_invoker = true) AS
SELECT r.tenant_id, r.id, r.version, r.created_at, r.updated_at, r.archived_at,
       r.country, r.region, r.category, r.name, r.code, r.rate, r.valid_from, r.valid_to
  FROM catalog.tax_rate r;

GRANT SELECT ON catalog.tax_rate_view TO billfold_program;
