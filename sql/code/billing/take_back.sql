-- billing.take_back(invoices, amounts): money that was used on invoices is used on them no more: what they have been paid, the status
-- that follows from it, their deals, and events. The caller has locked the invoices and written the allocations.
-- requires: billing.settlement, billing.deal_follow, job.emit
CREATE FUNCTION billing.take_back(p_invoices uuid[], p_amounts bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_deals uuid[];
BEGIN
    FOR v IN
        UPDATE billing.invoice i
           SET paid = i.paid - w.amount,
               status = CASE WHEN i.paid = w.amount THEN 'open' ELSE 'partially_paid' END
          FROM (SELECT u.id, sum(u.amount)::bigint AS amount FROM unnest(p_invoices, p_amounts) AS u (id, amount)
                 GROUP BY u.id) w
         WHERE i.tenant_id = base.tenant_id() AND i.id = w.id
        RETURNING i AS invoice, w.amount
    LOOP
        PERFORM job.emit('invoice.payment_returned', 'invoice', (v.invoice).id,
            billing.settlement(v.invoice, -v.amount), (v.invoice).version);
        v_deals := v_deals || (v.invoice).deal_id;
    END LOOP;
    IF cardinality(array_remove(v_deals, NULL)) > 0 THEN
        PERFORM billing.deal_follow(v_deals);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.take_back(uuid[], bigint[]) TO billfold_api, billfold_invoiced, billfold_paymentd;
