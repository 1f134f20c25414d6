-- payment.credit_open(payment, document, amount, day): a document in the customer's favour that credits no other one is about to be final:
-- what it gives is the account's credit, to be used and given back as if it had been paid in advance.
-- requires: job.emit
CREATE OR REPLACE FUNCTION payment.credit_open(p_id uuid, p_document uuid, p_amount bigint, p_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_document;
    INSERT INTO payment.payment (id, account_id, entity_id, kind, amount, unapplied, currency, received_on, invoice_id, exchange_rate)
    VALUES (p_id, v.account_id, v.entity_id, 'credit', p_amount, p_amount, v.currency, p_day, p_document, v.exchange_rate);
    PERFORM job.emit('payment.created', 'payment', p_id, jsonb_build_object('account_id', v.account_id, 'amount', p_amount,
        'unapplied', p_amount, 'currency', v.currency, 'kind', 'credit', 'received_on', p_day, 'credit_id', p_document,
        'applied', '[]'::jsonb));
END
$$;

GRANT EXECUTE ON FUNCTION payment.credit_open(uuid, uuid, bigint, date) TO billfold_api, billfold_invoiced;
