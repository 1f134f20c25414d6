-- payment.apply(payments, invoices, amounts, dues, day): uses money on invoices, a row each. dues are the amounts
-- due that the decision was made on: where another payment was faster, nothing happens and the
-- caller decides anew (ZB409). Invoices are locked in the order of their ids, so that two payments never wait for each other.
-- Moves invoice, deal, task and dunning case together and says so in events.
-- requires: billing.apply_payment, collect.resolve, job.emit
CREATE OR REPLACE FUNCTION payment.apply(p_payments uuid[], p_invoices uuid[], p_amounts bigint[], p_dues bigint[], p_day date)
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
     WHERE i.amount_due IS DISTINCT FROM w.due OR i.status NOT IN ('open', 'partially_paid', 'uncollectible');
    IF v_wrong > 0 THEN
        PERFORM base.raise('ZB409', 'The open invoices have changed meanwhile.');
    END IF;

    INSERT INTO payment.allocation (id, payment_id, invoice_id, amount, applied_on)
    SELECT base.new_id(), u.payment, u.invoice, u.amount, p_day
      FROM unnest(p_payments, p_invoices, p_amounts) AS u (payment, invoice, amount);
    UPDATE payment.payment p SET unapplied = p.unapplied - u.amount
      FROM (SELECT payment, sum(amount)::bigint AS amount
              FROM unnest(p_payments, p_amounts) AS x (payment, amount) GROUP BY payment) u
     WHERE p.tenant_id = base.tenant_id() AND p.id = u.payment;
    PERFORM billing.apply_payment(p_invoices, p_amounts);
    PERFORM collect.resolve(p_invoices);
END
$$;

GRANT EXECUTE ON FUNCTION payment.apply(uuid[], uuid[], bigint[], bigint[], date) TO billfold_program;
