-- payment.use(payments, invoices, amounts): money that came in before is used, a row each: what is unapplied goes down, and an event
-- says for what. Raises ZB409 where less is left than the caller decided on.
-- requires: job.emit
CREATE OR REPLACE FUNCTION payment.use(p_payments uuid[], p_invoices uuid[], p_amounts bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_wrong bigint;
BEGIN
    IF cardinality(p_payments) = 0 THEN
        RETURN;
    END IF;
    PERFORM 1 FROM payment.payment p
      WHERE p.tenant_id = base.tenant_id() AND p.id = ANY (p_payments) ORDER BY p.id FOR UPDATE;
    SELECT count(*) INTO v_wrong
      FROM (SELECT u.payment, sum(u.amount) AS amount
              FROM unnest(p_payments, p_amounts) AS u (payment, amount) GROUP BY u.payment) w
      LEFT JOIN payment.payment p ON p.tenant_id = base.tenant_id() AND p.id = w.payment
     WHERE p.id IS NULL OR p.unapplied < w.amount;
    IF v_wrong > 0 THEN
        PERFORM base.raise('ZB409', 'The payment has been used meanwhile.');
    END IF;
    FOR v IN
        UPDATE payment.payment p SET unapplied = p.unapplied - u.amount
          FROM (SELECT x.payment, sum(x.amount)::bigint AS amount,
                       jsonb_agg(jsonb_build_object('invoice_id', x.invoice, 'amount', x.amount)) AS applied
                  FROM unnest(p_payments, p_invoices, p_amounts) AS x (payment, invoice, amount)
                 GROUP BY x.payment) u
         WHERE p.tenant_id = base.tenant_id() AND p.id = u.payment
        RETURNING p.id, p.version, p.account_id, p.currency, p.amount, p.unapplied, u.applied
    LOOP
        PERFORM job.emit('payment.applied', 'payment', v.id, jsonb_build_object('account_id', v.account_id,
            'currency', v.currency, 'amount', v.amount, 'unapplied', v.unapplied, 'applied', v.applied), v.version);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION payment.use(uuid[], uuid[], bigint[]) TO billfold_api, billfold_invoiced;
