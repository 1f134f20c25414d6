-- payment.receive(...): a payment comes in and is used as decided; what is left is the account's credit.
-- requires: payment.apply, job.emit
CREATE OR REPLACE FUNCTION payment.receive(p_id uuid, p_account uuid, p_entity uuid, p_kind text, p_amount bigint, p_currency text,
    p_received date, p_reference text, p_notes text, p_attempt uuid,
    p_invoices uuid[], p_amounts bigint[], p_dues bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payment.payment (id, account_id, entity_id, kind, amount, unapplied, currency, received_on, reference,
        notes, attempt_id)
    VALUES (p_id, p_account, p_entity, p_kind, p_amount, p_amount, p_currency, p_received, p_reference,
        p_notes, p_attempt);
    PERFORM job.emit('payment.created', 'payment', p_id, jsonb_build_object('account_id', p_account, 'amount', p_amount,
        'currency', p_currency, 'kind', p_kind, 'received_on', p_received));
    PERFORM payment.apply(array_fill(p_id, ARRAY[cardinality(p_invoices)]), p_invoices, p_amounts, p_dues, p_received);
END
$$;

GRANT EXECUTE ON FUNCTION payment.receive(uuid, uuid, uuid, text, bigint, text, date, text, text, uuid,
    uuid[], bigint[], bigint[]) TO billfold_program;
