-- billing.bill_hold(subscriptions): those of them that are due now and nobody else is at work on, kept for this transaction, after whom they
-- are billed to and where they are supplied to. Lines may be written before their documents from here on.
-- requires: crm.payer, payment.hold, billing.run_due
CREATE FUNCTION billing.bill_hold(p_ids uuid[]) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v_locations uuid[];
    v_accounts uuid[];
BEGIN
    SET CONSTRAINTS billing.invoice_line_invoice_id_fkey, billing.invoice_tax_invoice_id_fkey DEFERRED;
    SELECT array_agg(DISTINCT s.location_id) FILTER (WHERE s.location_id IS NOT NULL),
           array_agg(DISTINCT CASE a.bill_to WHEN 'self' THEN a.id ELSE crm.payer(a.id) END)
      INTO v_locations, v_accounts
      FROM unnest(p_ids) AS w (id)
      JOIN billing.subscription s ON s.tenant_id = v_tenant AND s.id = w.id AND s.next_bill_on IS NOT NULL AND s.parked_at IS NULL
      JOIN crm.account a ON a.tenant_id = v_tenant AND a.id = s.account_id;
    IF v_accounts IS NULL THEN
        RETURN '{}';
    END IF;
    IF v_locations IS NOT NULL THEN
        PERFORM 1 FROM crm.location l WHERE l.tenant_id = v_tenant AND l.id = ANY (v_locations) ORDER BY l.id FOR SHARE;
    END IF;
    PERFORM payment.hold(v_accounts);
    RETURN ARRAY(
        SELECT s.id
          FROM unnest(p_ids) AS w (id)
          JOIN billing.subscription s ON s.tenant_id = v_tenant AND s.id = w.id
          JOIN crm.account a ON a.tenant_id = v_tenant AND a.id = s.account_id
          LEFT JOIN tenant.entity e ON e.tenant_id = v_tenant AND e.id = s.entity_id
         WHERE s.parked_at IS NULL AND s.next_bill_on <= base.business_today(coalesce(a.time_zone, e.time_zone))
         ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED);
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_hold(uuid[]) TO billfold_invoiced;
