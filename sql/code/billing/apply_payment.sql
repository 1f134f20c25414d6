-- billing.apply_payment(invoices, amounts): money was used on invoices: what they have been paid, the status that
-- follows from it, their deals, and events. The caller has locked the invoices and written the
-- allocations; more than is due meets the constraint.
-- requires: billing.deal_follow, job.emit
CREATE FUNCTION billing.apply_payment(p_invoices uuid[], p_amounts bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_deals uuid[];
BEGIN
    FOR v IN
        UPDATE billing.invoice i
           SET paid = i.paid + w.amount,
               status = CASE WHEN i.amount_due = w.amount THEN 'paid' ELSE 'partially_paid' END
          FROM (SELECT u.id, sum(u.amount)::bigint AS amount FROM unnest(p_invoices, p_amounts) AS u (id, amount)
                 GROUP BY u.id) w
         WHERE i.tenant_id = base.tenant_id() AND i.id = w.id
        RETURNING i.id, i.version, i.status, i.number, i.account_id, i.deal_id, i.currency, i.total, i.paid, i.amount_due,
            w.amount
    LOOP
        PERFORM job.emit('invoice.' || v.status, 'invoice', v.id, jsonb_build_object('number', v.number,
            'account_id', v.account_id, 'deal_id', v.deal_id, 'currency', v.currency, 'total', v.total,
            'amount', v.amount, 'paid', v.paid, 'amount_due', v.amount_due, 'status', v.status), v.version);
        v_deals := v_deals || v.deal_id;
    END LOOP;
    IF cardinality(array_remove(v_deals, NULL)) > 0 THEN
        PERFORM billing.deal_follow(v_deals);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.apply_payment(uuid[], bigint[]) TO billfold_api, billfold_invoiced, billfold_paymentd;
