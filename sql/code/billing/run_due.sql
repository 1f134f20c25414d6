-- billing.run_due(): the subscriptions whose bill date has come by the clock of their account, else of the seller, else of the tenant.
-- parked: it could not be billed before, and is to be tried again.
CREATE FUNCTION billing.run_due() RETURNS TABLE (id uuid, account_id uuid, parked boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.id, s.account_id, s.parked
      FROM (SELECT f.id, f.account_id, f.entity_id, f.next_bill_on, false AS parked FROM billing.subscription f
             WHERE f.tenant_id = base.tenant_id() AND f.parked_at IS NULL
               -- Where the day begins first; then by each one's own.
               AND f.next_bill_on <= base.business_today('Pacific/Kiritimati')
             UNION ALL
            SELECT f.id, f.account_id, f.entity_id, f.next_bill_on, true
              FROM billing.subscription_retry r
              JOIN billing.subscription f ON f.tenant_id = r.tenant_id AND f.id = r.subscription_id AND f.parked_at IS NOT NULL
             WHERE r.tenant_id = base.tenant_id() AND r.retry_at <= base.business_now()) s
      JOIN crm.account a ON a.tenant_id = base.tenant_id() AND a.id = s.account_id
      LEFT JOIN tenant.entity e ON e.tenant_id = base.tenant_id() AND e.id = s.entity_id
     WHERE s.next_bill_on <= base.business_today(coalesce(a.time_zone, e.time_zone))
$$;

GRANT EXECUTE ON FUNCTION billing.run_due() TO billfold_program;
