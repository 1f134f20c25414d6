-- payment.receive(...): a payment comes in and is used as decided on what was open then (p_print; NULL where it names its
-- invoice); what is left is the account's credit. Raises ZB409 when something else is open by now.
-- requires: payment.hold, payment.open_print, payment.allocate, job.emit
CREATE OR REPLACE FUNCTION payment.receive(p_id uuid, p_account uuid, p_entity uuid, p_kind text, p_amount bigint, p_currency text,
    p_received date, p_reference text, p_notes text, p_attempt uuid, p_invoice uuid, p_print text,
    p_invoices uuid[], p_amounts bigint[], p_dues bigint[], p_days date[], p_exchange_rate numeric DEFAULT NULL,
    p_method_type text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_unapplied bigint := p_amount - (SELECT coalesce(sum(a), 0)::bigint FROM unnest(p_amounts) AS a);
BEGIN
    PERFORM payment.hold(ARRAY[p_account]);
    IF p_print <> payment.open_print(p_account, p_entity, p_currency) THEN
        PERFORM base.raise('ZB409', 'The open invoices have changed meanwhile.');
    END IF;
    INSERT INTO payment.payment (id, account_id, entity_id, kind, amount, unapplied, currency, received_on, reference,
        notes, attempt_id, invoice_id, exchange_rate, method_type)
    VALUES (p_id, p_account, p_entity, p_kind, p_amount, v_unapplied, p_currency, p_received, p_reference,
        p_notes, p_attempt, p_invoice, p_exchange_rate, p_method_type);
    PERFORM job.emit('payment.created', 'payment', p_id, jsonb_build_object('account_id', p_account, 'amount', p_amount,
        'unapplied', v_unapplied, 'currency', p_currency, 'kind', p_kind, 'method_type', p_method_type, 'received_on', p_received,
        'reference', p_reference, 'attempt_id', p_attempt,
        'applied', (SELECT coalesce(jsonb_agg(jsonb_build_object('invoice_id', u.invoice, 'amount', u.amount)), '[]')
              FROM unnest(p_invoices, p_amounts) AS u (invoice, amount))));
    PERFORM payment.allocate(array_fill(p_id, ARRAY[cardinality(p_invoices)]), p_invoices, p_amounts, p_dues, p_days);
END
$$;

GRANT EXECUTE ON FUNCTION payment.receive(uuid, uuid, uuid, text, bigint, text, date, text, text, uuid, uuid, text,
    uuid[], bigint[], bigint[], date[], numeric, text) TO billfold_api, billfold_paymentd;
