-- payment.apply(payment, invoice, amount, due, day): money that came in before is used on an invoice that is open. due is what
-- the decision was made on; where something was faster, nothing happens and the caller decides anew (ZB409).
-- requires: payment.hold, payment.use, payment.allocate
CREATE OR REPLACE FUNCTION payment.apply(p_payment uuid, p_invoice uuid, p_amount bigint, p_due bigint, p_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM payment.hold(ARRAY(SELECT p.account_id FROM payment.payment p
        WHERE p.tenant_id = base.tenant_id() AND p.id = p_payment));
    PERFORM payment.allocate(ARRAY[p_payment], ARRAY[p_invoice], ARRAY[p_amount], ARRAY[p_due], ARRAY[p_day]);
    PERFORM payment.use(ARRAY[p_payment], ARRAY[p_invoice], ARRAY[p_amount]);
END
$$;

GRANT EXECUTE ON FUNCTION payment.apply(uuid, uuid, bigint, bigint, date) TO billfold_api;
