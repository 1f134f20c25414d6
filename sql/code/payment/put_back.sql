-- payment.put_back(payment, refund, dispute, amount, invoices, amounts, dues, day): what a refund that failed had taken of a payment, or a bank by
-- a dispute that it decided anew, is the payment's again. These invoices use so much of it, as decided on what is due on them
-- (ZB409 where that has changed); the rest is the account's credit. The caller holds the payer.
-- requires: payment.allocate, job.emit
CREATE FUNCTION payment.put_back(p_payment uuid, p_refund uuid, p_dispute uuid, p_amount bigint, p_invoices uuid[], p_amounts bigint[],
    p_dues bigint[], p_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_used bigint := (SELECT coalesce(sum(a), 0)::bigint FROM unnest(p_amounts) AS a);
    n integer := cardinality(p_invoices);
    v payment.payment;
BEGIN
    PERFORM payment.allocate(array_fill(p_payment, ARRAY[n]), p_invoices, p_amounts, p_dues, array_fill(p_day, ARRAY[n]));
    UPDATE payment.payment p
       SET unapplied = p.unapplied + p_amount - v_used, refunded = p.refunded - CASE WHEN p_refund IS NOT NULL THEN p_amount ELSE 0 END,
           charged_back = p.charged_back - CASE WHEN p_dispute IS NOT NULL THEN p_amount ELSE 0 END
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_payment
    RETURNING * INTO v;
    PERFORM job.emit(CASE WHEN p_dispute IS NULL THEN 'payment.refund_failed' ELSE 'payment.chargeback_reversed' END, 'payment', v.id,
        jsonb_build_object('account_id', v.account_id, 'refund_id', p_refund, 'dispute_id', p_dispute, 'currency', v.currency,
            'amount', v.amount, 'refunded', v.refunded, 'charged_back', v.charged_back, 'unapplied', v.unapplied), v.version);
END
$$;

GRANT EXECUTE ON FUNCTION payment.put_back(uuid, uuid, uuid, bigint, uuid[], bigint[], bigint[], date) TO billfold_paymentd;
