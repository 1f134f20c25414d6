-- payment.dispute_open(attempt, reason): the payer has called the bank about a charge: its invoice is disputed, collection of it
-- pauses by that, and somebody has to see to it. A second telling is nothing. Returns whether it was news.
-- requires: job.emit, crm.task_raise
CREATE OR REPLACE FUNCTION payment.dispute_open(p_attempt uuid, p_reason text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v payment.attempt;
    i billing.invoice;
BEGIN
    SELECT * INTO v FROM payment.attempt a WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such payment_attempt.');
    END IF;
    UPDATE billing.invoice b SET dispute_status = 'disputed'
     WHERE b.tenant_id = v.tenant_id AND b.id = v.invoice_id AND b.dispute_status <> 'disputed'
    RETURNING * INTO i;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM job.emit('invoice.disputed', 'invoice', i.id, jsonb_build_object('number', i.number, 'account_id', i.account_id,
        'deal_id', i.deal_id, 'attempt_id', v.id, 'amount', v.amount, 'currency', v.currency, 'reason', p_reason), i.version);
    PERFORM crm.task_raise(base.new_id(), 'dispute:' || i.id, 'dispute', format('The payment of %s is disputed', i.number),
        'The payer has called the bank. Answer with what shows that it was delivered before the bank decides.',
        base.business_today() + 1, coalesce(i.owner_id, (SELECT a.owner_id FROM crm.account a
            WHERE a.tenant_id = i.tenant_id AND a.id = i.account_id)), i.account_id, i.deal_id, i.id);
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION payment.dispute_open(uuid, text) TO billfold_paymentd;
