-- payment.allocate(payments, invoices, amounts, dues, days): invoices are paid, a row each, on these days. dues are the amounts due
-- that the decision was made on: where another payment was faster, nothing happens and the caller decides anew
-- (ZB409). Moves invoice, deal, task and dunning case together and says so in events; the payments' side is the caller's,
-- who holds the payers.
-- requires: billing.apply_payment, collect.resolve, job.enqueue
CREATE OR REPLACE FUNCTION payment.allocate(p_payments uuid[], p_invoices uuid[], p_amounts bigint[], p_dues bigint[], p_days date[])
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_wrong bigint;
BEGIN
    IF cardinality(p_invoices) = 0 THEN
        RETURN;
    END IF;
    PERFORM 1 FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_invoices) ORDER BY i.id FOR UPDATE;
    SELECT count(*) INTO v_wrong
      FROM (SELECT u.invoice, max(u.due) AS due
              FROM unnest(p_invoices, p_dues) AS u (invoice, due) GROUP BY u.invoice) w
      LEFT JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.id = w.invoice
     WHERE i.amount_due IS DISTINCT FROM w.due OR i.status NOT IN ('open', 'partially_paid');
    IF v_wrong > 0 THEN
        PERFORM base.raise('ZB409', 'The open invoices have changed meanwhile.');
    END IF;
    INSERT INTO payment.allocation (id, payment_id, invoice_id, amount, applied_on)
    SELECT base.new_id(), u.payment, u.invoice, u.amount, u.day
      FROM unnest(p_payments, p_invoices, p_amounts, p_days) AS u (payment, invoice, amount, day);
    PERFORM billing.apply_payment(p_invoices, p_amounts);
    PERFORM collect.resolve(p_invoices);
    -- Less is due than a page asks for that is open: it is closed, as soon as may be.
    PERFORM job.enqueue('charge', 'close:' || a.id, jsonb_build_object('attempt_id', a.id))
       FROM payment.attempt a
      WHERE a.tenant_id = base.tenant_id() AND a.invoice_id = ANY (p_invoices) AND a.hosted
        AND a.state IN ('in_flight', 'unknown');
END
$$;

GRANT EXECUTE ON FUNCTION payment.allocate(uuid[], uuid[], bigint[], bigint[], date[])
    TO billfold_api, billfold_invoiced, billfold_paymentd;
