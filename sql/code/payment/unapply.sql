-- payment.unapply(payment, invoice, amount, day): people take so much of a payment off an invoice: it is the customer's to use, and the
-- invoice is open again by it, and collected again. Raises ZB409 where the invoice has used less by now.
-- requires: payment.hold, payment.release, billing.take_back, collect.follow
CREATE OR REPLACE FUNCTION payment.unapply(p_payment uuid, p_invoice uuid, p_amount bigint, p_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM payment.hold(ARRAY(SELECT p.account_id FROM payment.payment p
        WHERE p.tenant_id = base.tenant_id() AND p.id = p_payment));
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice FOR UPDATE;
    PERFORM payment.release(ARRAY[p_payment], p_invoice, ARRAY[p_amount], p_day, NULL);
    PERFORM billing.take_back(ARRAY[p_invoice], ARRAY[p_amount]);
    PERFORM collect.follow(ARRAY[p_invoice]);
END
$$;

GRANT EXECUTE ON FUNCTION payment.unapply(uuid, uuid, bigint, date) TO billfold_api;
