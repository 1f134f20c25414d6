-- billing.discounts_use(subscriptions, documents, discounts, on): the discounts have lowered the document that was made of their subscription, NULL: there
-- is none; those that are for so many have one less to lower. on: the bill date, where it is not the document's.
CREATE FUNCTION billing.discounts_use(p_id uuid[], p_invoice uuid[], p_discount uuid[], p_on date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH used AS (
        UPDATE billing.subscription_discount d
           SET periods_left = d.periods_left - 1, lowered_on = greatest(d.lowered_on, i.period_start, p_on)
          FROM unnest(p_id, p_invoice) AS w (id, invoice)
          JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.id = w.invoice
         WHERE d.tenant_id = base.tenant_id() AND d.subscription_id = w.id AND d.id = ANY (p_discount)
        RETURNING w.invoice, d.subscription_id, d.id, greatest(i.period_start, p_on) AS lowered_on)
    INSERT INTO billing.discount_use (invoice_id, subscription_id, discount_id, lowered_on)
    SELECT u.invoice, u.subscription_id, u.id, u.lowered_on FROM used u;
END
$$;

GRANT EXECUTE ON FUNCTION billing.discounts_use(uuid[], uuid[], uuid[], date) TO billfold_api, billfold_invoiced;
