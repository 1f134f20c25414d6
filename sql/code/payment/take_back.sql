-- payment.take_back(payment, refund, dispute, credit, invoices, amounts, day): money of a payment that goes back by a refund, or that the
-- bank has taken by a dispute, leaves what no invoice has used (credit) and what these invoices have used; they are open
-- again by that much, and collected again. Raises ZB409 where less is left than the caller decided on. The caller holds
-- the payer and has written refund or dispute.
-- requires: billing.take_back, collect.follow, job.emit
CREATE OR REPLACE FUNCTION payment.take_back(p_payment uuid, p_refund uuid, p_dispute uuid, p_credit bigint, p_invoices uuid[],
    p_amounts bigint[], p_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_amount bigint := p_credit + (SELECT coalesce(sum(a), 0)::bigint FROM unnest(p_amounts) AS a);
    v payment.payment;
BEGIN
    PERFORM 1 FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_invoices) ORDER BY i.id FOR UPDATE;
    UPDATE payment.payment p
       SET unapplied = p.unapplied - p_credit, refunded = p.refunded + CASE WHEN p_refund IS NOT NULL THEN v_amount ELSE 0 END,
           charged_back = p.charged_back + CASE WHEN p_dispute IS NOT NULL THEN v_amount ELSE 0 END
     WHERE p.tenant_id = base.tenant_id() AND p.id = p_payment AND p.unapplied >= p_credit
    RETURNING * INTO v;
    IF NOT FOUND OR EXISTS (
            SELECT FROM unnest(p_invoices, p_amounts) AS u (invoice, amount)
              LEFT JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.id = u.invoice
             WHERE i.id IS NULL OR i.status NOT IN ('open', 'partially_paid', 'paid')
                OR u.amount > (SELECT coalesce(sum(a.amount), 0) FROM payment.allocation a
                    WHERE a.tenant_id = i.tenant_id AND a.payment_id = p_payment AND a.invoice_id = i.id)) THEN
        PERFORM base.raise('ZB409', 'The payment has been used meanwhile.');
    END IF;
    INSERT INTO payment.allocation (id, payment_id, invoice_id, amount, applied_on, refund_id, dispute_id)
    SELECT base.new_id(), p_payment, u.invoice, -u.amount, p_day, p_refund, p_dispute
      FROM unnest(p_invoices, p_amounts) AS u (invoice, amount);
    PERFORM job.emit(CASE WHEN p_dispute IS NULL THEN 'payment.refunded' ELSE 'payment.charged_back' END, 'payment', v.id,
        jsonb_build_object('account_id', v.account_id, 'refund_id', p_refund, 'dispute_id', p_dispute, 'currency', v.currency,
            'amount', v.amount, 'refunded', v.refunded, 'charged_back', v.charged_back, 'unapplied', v.unapplied), v.version);
    IF cardinality(p_invoices) > 0 THEN
        PERFORM billing.take_back(p_invoices, p_amounts);
        PERFORM collect.follow(p_invoices);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.take_back(uuid, uuid, uuid, bigint, uuid[], bigint[], date) TO billfold_api, billfold_invoiced, billfold_paymentd;
