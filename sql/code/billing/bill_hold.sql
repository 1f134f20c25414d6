-- billing.bill_hold(subscriptions): those of them that are due now, or due to be tried again, and nobody else is at work on, kept for this
-- transaction, after whom they are billed to and where they are supplied to.
-- requires: billing.bill_parties_hold
CREATE FUNCTION billing.bill_hold(p_ids uuid[]) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
BEGIN
    IF NOT billing.bill_parties_hold(p_ids) THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(
        SELECT s.id
          FROM unnest(p_ids) AS w (id)
          JOIN billing.subscription s ON s.tenant_id = v_tenant AND s.id = w.id
          JOIN crm.account a ON a.tenant_id = v_tenant AND a.id = s.account_id
          LEFT JOIN tenant.entity e ON e.tenant_id = v_tenant AND e.id = s.entity_id
         WHERE (s.parked_at IS NULL OR EXISTS (SELECT FROM billing.subscription_retry r
                 WHERE r.tenant_id = v_tenant AND r.subscription_id = s.id AND r.retry_at <= base.business_now()))
           AND s.next_bill_on <= base.business_today(coalesce(a.time_zone, e.time_zone))
         ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED);
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_hold(uuid[]) TO billfold_invoiced;
