-- payment.release(payments, invoice, amounts, day, credit, left): money that an invoice has used is the customer's to use again, a row each: by a
-- credit note, or by people (credit NULL). What the invoice says is paid is the caller's, who holds payer and invoice. Raises
-- ZB409 where the invoice has used less of a payment than that, or no longer so much of one is left as was read (left NULL: that
-- decides nothing).
-- requires: job.emit
CREATE OR REPLACE FUNCTION payment.release(p_payments uuid[], p_invoice uuid, p_amounts bigint[], p_day date, p_credit uuid,
    p_left bigint[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    PERFORM 1 FROM payment.payment p
      WHERE p.tenant_id = base.tenant_id() AND p.id = ANY (p_payments) ORDER BY p.id FOR UPDATE;
    IF EXISTS (SELECT FROM unnest(p_payments, p_amounts) AS u (payment, amount)
                WHERE u.amount > (SELECT coalesce(sum(a.amount), 0) FROM payment.allocation a
                    WHERE a.tenant_id = base.tenant_id() AND a.payment_id = u.payment AND a.invoice_id = p_invoice))
        OR EXISTS (SELECT FROM unnest(p_payments, p_left) AS u (payment, unapplied)
                     JOIN payment.payment p ON p.tenant_id = base.tenant_id() AND p.id = u.payment
                    WHERE p.unapplied <> u.unapplied) THEN
        PERFORM base.raise('ZB409', 'The payment has been used meanwhile.');
    END IF;
    INSERT INTO payment.allocation (id, payment_id, invoice_id, amount, applied_on, credit_id, released)
    SELECT base.new_id(), u.payment, p_invoice, -u.amount, p_day, p_credit, p_credit IS NULL
      FROM unnest(p_payments, p_amounts) AS u (payment, amount);
    FOR v IN
        UPDATE payment.payment p SET unapplied = p.unapplied + u.amount
          FROM unnest(p_payments, p_amounts) AS u (payment, amount)
         WHERE p.tenant_id = base.tenant_id() AND p.id = u.payment
        RETURNING p.id, p.version, p.account_id, p.currency, p.amount, p.unapplied, u.amount AS released
    LOOP
        PERFORM job.emit('payment.released', 'payment', v.id, jsonb_build_object('account_id', v.account_id, 'currency', v.currency,
            'amount', v.amount, 'unapplied', v.unapplied, 'released', v.released, 'invoice_id', p_invoice, 'credit_id', p_credit), v.version);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION payment.release(uuid[], uuid, bigint[], date, uuid, bigint[]) TO billfold_api, billfold_invoiced;
