-- billing.bill_rates(): the tenant's tax rates, for documents of all places at once.
CREATE FUNCTION billing.bill_rates()
RETURNS TABLE (country text, region text, category text, name text, rate numeric, valid_from date, valid_to date)
LANGUAGE sql STABLE AS $$
    SELECT r.country, r.region, r.category, r.name, r.rate, r.valid_from, r.valid_to
      FROM catalog.tax_rate r WHERE r.tenant_id = base.tenant_id() AND r.archived_at IS NULL
$$;

GRANT EXECUTE ON FUNCTION billing.bill_rates() TO billfold_program;
