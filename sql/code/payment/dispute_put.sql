-- payment.dispute_put(...): how a dispute stands now, decided on how it stood (p_was, p_was_withdrawn; ZB409 where that has changed).
-- Open: its invoice is disputed, collection of it pauses by that, and somebody has to see to it. Won: nothing is changed but
-- that. Lost: the money leaves what is left of the payment (p_credit) and what these invoices have used, which are due again. Won
-- after it was lost: all that was taken is the payment's again, and these invoices use it as far as it is due (p_dues).
-- requires: payment.hold, payment.take_back, payment.put_back, payment.dispute_tell, job.emit
CREATE OR REPLACE FUNCTION payment.dispute_put(p_id uuid, p_attempt uuid, p_ref text, p_was text, p_was_withdrawn bigint,
    p_state text, p_amount bigint, p_reason text, p_withdrawn bigint, p_credit bigint, p_invoices uuid[], p_amounts bigint[],
    p_day date, p_dues bigint[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    a payment.attempt;
    d payment.dispute;
    v_payment uuid;
    v_reversed boolean := p_was = 'lost' AND p_state = 'won';
    v_taken bigint := CASE WHEN v_reversed THEN 0 ELSE p_credit + (SELECT coalesce(sum(x), 0)::bigint FROM unnest(p_amounts) AS x) END;
    v_had bigint;
BEGIN
    SELECT * INTO a FROM payment.attempt x WHERE x.tenant_id = base.tenant_id() AND x.id = p_attempt;
    PERFORM payment.hold(ARRAY[a.account_id]);
    SELECT p.id INTO v_payment FROM payment.payment p WHERE p.tenant_id = a.tenant_id AND p.attempt_id = a.id;
    SELECT * INTO d FROM payment.dispute x WHERE x.tenant_id = a.tenant_id AND x.payment_id = v_payment AND x.processor_ref = p_ref;
    IF d.state IS DISTINCT FROM p_was OR d.withdrawn IS DISTINCT FROM p_was_withdrawn THEN
        PERFORM base.raise('ZB409', 'The dispute has moved meanwhile.');
    END IF;
    v_had := d.taken;
    INSERT INTO payment.dispute AS x (id, payment_id, account_id, invoice_id, processor, processor_id, processor_ref, amount,
        currency, reason, state, withdrawn, taken, closed_at)
    VALUES (p_id, v_payment, a.account_id, a.invoice_id, a.processor, a.processor_id, p_ref, p_amount,
        a.currency, p_reason, p_state, p_withdrawn, v_taken, CASE WHEN p_state IN ('won', 'lost') THEN clock_timestamp() END)
    ON CONFLICT (tenant_id, id) DO UPDATE
       SET state = excluded.state, withdrawn = excluded.withdrawn, taken = CASE WHEN v_reversed THEN 0 ELSE x.taken + excluded.taken END,
           closed_at = CASE WHEN v_reversed THEN excluded.closed_at ELSE coalesce(x.closed_at, excluded.closed_at) END
    RETURNING * INTO d;
    IF v_taken > 0 THEN
        PERFORM payment.take_back(v_payment, NULL, p_id, p_credit, p_invoices, p_amounts, p_day);
    ELSIF v_reversed AND v_had > 0 THEN
        PERFORM payment.put_back(v_payment, NULL, p_id, v_had, p_invoices, p_amounts, p_dues, p_day);
    END IF;
    PERFORM job.emit('dispute.' || CASE WHEN p_was IS NULL THEN 'created' WHEN p_state IS DISTINCT FROM p_was THEN p_state ELSE 'updated' END,
        'dispute', p_id, jsonb_build_object('payment_id', v_payment, 'account_id', a.account_id, 'invoice_id', a.invoice_id,
            'amount', d.amount, 'currency', d.currency, 'reason', d.reason, 'state', d.state, 'withdrawn', d.withdrawn), d.version);
    IF p_state IS DISTINCT FROM p_was THEN
        PERFORM payment.dispute_tell(p_id);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.dispute_put(uuid, uuid, text, text, bigint, text, bigint, text, bigint, bigint, uuid[], bigint[], date, bigint[])
    TO billfold_paymentd;
