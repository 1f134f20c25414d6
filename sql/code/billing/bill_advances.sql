-- billing.bill_advances(subscriptions): what the payers of these have paid in advance, oldest first.
-- requires: crm.payer, payment.advances
CREATE FUNCTION billing.bill_advances(p_ids uuid[])
RETURNS TABLE (id uuid, entity_id uuid, currency text, received_on date, unapplied bigint, account_id uuid)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_payers uuid[] := ARRAY(
        SELECT DISTINCT CASE a.bill_to WHEN 'self' THEN a.id ELSE crm.payer(a.id) END
          FROM unnest(p_ids) AS w (id)
          JOIN billing.subscription s ON s.tenant_id = base.tenant_id() AND s.id = w.id
          JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id);
BEGIN
    RETURN QUERY SELECT a.id, a.entity_id, a.currency, a.received_on, a.unapplied, a.account_id FROM payment.advances(v_payers) a;
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_advances(uuid[]) TO billfold_program;
