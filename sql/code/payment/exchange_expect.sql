-- payment.exchange_expect(payment, left, invoices, settled): what an entry was valued on is still so: what no invoice uses of the payment, and
-- what is settled of each of these. Holds the payer, so that it stays so. Raises ZB409 where something came between.
-- requires: payment.hold
CREATE FUNCTION payment.exchange_expect(p_payment uuid, p_left bigint, p_invoices uuid[], p_settled bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM payment.hold(ARRAY(SELECT p.account_id FROM payment.payment p WHERE p.tenant_id = base.tenant_id() AND p.id = p_payment));
    IF EXISTS (SELECT FROM payment.payment p WHERE p.tenant_id = base.tenant_id() AND p.id = p_payment AND p.unapplied <> p_left)
        OR EXISTS (SELECT FROM unnest(p_invoices, p_settled) AS u (invoice, settled)
                     JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.id = u.invoice
                    WHERE i.payable - i.amount_due <> u.settled) THEN
        PERFORM base.raise('ZB409', 'The payment has been used meanwhile.');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.exchange_expect(uuid, bigint, uuid[], bigint[]) TO billfold_paymentd;
