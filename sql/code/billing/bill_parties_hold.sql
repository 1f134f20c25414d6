-- billing.bill_parties_hold(subscriptions): whom they are billed to and where they are supplied to is kept as it is for this transaction; false where
-- there is nobody. Lines may be written before their documents from here on. The subscriptions are held after that.
-- requires: crm.payer, payment.hold
CREATE FUNCTION billing.bill_parties_hold(p_ids uuid[]) RETURNS boolean
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
      JOIN billing.subscription s ON s.tenant_id = v_tenant AND s.id = w.id
      JOIN crm.account a ON a.tenant_id = v_tenant AND a.id = s.account_id;
    IF v_accounts IS NULL THEN
        RETURN false;
    END IF;
    IF v_locations IS NOT NULL THEN
        PERFORM 1 FROM crm.location l WHERE l.tenant_id = v_tenant AND l.id = ANY (v_locations) ORDER BY l.id FOR SHARE;
    END IF;
    PERFORM payment.hold(v_accounts);
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_parties_hold(uuid[]) TO billfold_api, billfold_invoiced;
