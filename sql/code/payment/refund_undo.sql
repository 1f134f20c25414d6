-- payment.refund_undo(refund, was_out, invoices, amounts, dues, day): a refund has failed: its money is the payment's again. These invoices
-- use so much of it, as decided on what is due on them and on whether the money had been out (ZB409 where that has
-- changed); the rest is the account's credit. Somebody has to see to it: the customer was promised money.
-- requires: payment.hold, payment.put_back, crm.task_raise
CREATE OR REPLACE FUNCTION payment.refund_undo(p_refund uuid, p_was_out boolean, p_invoices uuid[], p_amounts bigint[], p_dues bigint[], p_day date)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    r payment.refund;
BEGIN
    SELECT * INTO r FROM payment.refund x WHERE x.tenant_id = base.tenant_id() AND x.id = p_refund;
    PERFORM payment.hold(ARRAY[r.account_id]);
    IF (r.succeeded_at IS NOT NULL) <> p_was_out THEN
        PERFORM base.raise('ZB409', 'The refund has moved meanwhile.');
    END IF;
    PERFORM payment.put_back(r.payment_id, r.id, NULL, r.amount, p_invoices, p_amounts, p_dues, p_day);
    PERFORM crm.task_raise(base.new_id(), 'refund:' || r.id, 'refund_failed', 'A refund has failed',
        'The customer did not get the money; it is their credit, or pays its invoice, again. Give it back another way.',
        base.business_today() + 1, (SELECT a.owner_id FROM crm.account a WHERE a.tenant_id = r.tenant_id AND a.id = r.account_id),
        r.account_id, NULL, r.invoice_id);
END
$$;

GRANT EXECUTE ON FUNCTION payment.refund_undo(uuid, boolean, uuid[], bigint[], bigint[], date) TO billfold_paymentd;
