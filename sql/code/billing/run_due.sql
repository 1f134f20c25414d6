-- billing.run_due(): the subscriptions whose bill date has come by the clock of their account, else of the seller, else of the tenant;
-- those of one payer beside each other, so that two batches seldom want the same payer.
CREATE FUNCTION billing.run_due() RETURNS TABLE (id uuid, account_id uuid)
LANGUAGE sql STABLE AS $$
    SELECT s.id, s.account_id
      FROM billing.subscription s
      JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
      LEFT JOIN tenant.entity e ON e.tenant_id = s.tenant_id AND e.id = s.entity_id
     WHERE s.tenant_id = base.tenant_id() AND s.parked_at IS NULL
       -- Where the day begins first; then by each one's own.
       AND s.next_bill_on <= base.business_today('Pacific/Kiritimati')
       AND s.next_bill_on <= base.business_today(coalesce(a.time_zone, e.time_zone))
$$;

GRANT EXECUTE ON FUNCTION billing.run_due() TO billfold_program;
