-- billing.bill_sellers(subscriptions): of the sellers of these: through which day their books are closed, and of which day the last invoice is in the series
-- that today's would be numbered in; NULL: none. Before that day, and on a closed one, nothing is issued (ledger.guard_period, billing.guard_series).
-- requires: billing.series_group, billing.series_period
CREATE FUNCTION billing.bill_sellers(p_ids uuid[])
RETURNS TABLE (entity_id uuid, locked_through date, issued_on date)
LANGUAGE sql STABLE AS $$
    SELECT e.id, k.locked_through, c.last_issue_date
      FROM (SELECT DISTINCT s.entity_id FROM unnest(p_ids) AS w (id)
              JOIN billing.subscription s ON s.tenant_id = base.tenant_id() AND s.id = w.id) x
      JOIN tenant.entity e ON e.tenant_id = base.tenant_id() AND e.id = x.entity_id
      LEFT JOIN ledger.period k ON k.tenant_id = e.tenant_id AND k.entity_id = e.id
      LEFT JOIN billing.series s ON s.tenant_id = e.tenant_id AND s.entity_id = e.id AND s.series_group = billing.series_group('standard')
      LEFT JOIN billing.series_counter c ON c.tenant_id = s.tenant_id AND c.series_id = s.id
       AND c.period = billing.series_period(s.reset, base.business_today(e.time_zone))
$$;

GRANT EXECUTE ON FUNCTION billing.bill_sellers(uuid[]) TO billfold_program;
