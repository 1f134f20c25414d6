-- payment.fee_add(attempt, kind, ref, amount, currency, day): what the processor kept of an attempt's payment. Raises ZB409 when it
-- is booked already, so that its journal entry is not made twice.
-- requires: job.emit
CREATE FUNCTION payment.fee_add(p_attempt uuid, p_kind text, p_ref text, p_amount bigint, p_currency text, p_day date)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_payment uuid;
BEGIN
    SELECT p.id INTO v_payment FROM payment.payment p WHERE p.tenant_id = base.tenant_id() AND p.attempt_id = p_attempt;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'The attempt has brought no payment.');
    END IF;
    INSERT INTO payment.fee (payment_id, kind, ref, amount, currency, booked_on)
    VALUES (v_payment, p_kind, p_ref, p_amount, p_currency, p_day)
    ON CONFLICT ON CONSTRAINT fee_ref_key DO NOTHING;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB409', 'This fee is booked already.');
    END IF;
    PERFORM job.emit('payment.fee_booked', 'payment', v_payment, jsonb_build_object('kind', p_kind, 'amount', p_amount,
        'currency', p_currency));
END
$$;

GRANT EXECUTE ON FUNCTION payment.fee_add(uuid, text, text, bigint, text, date) TO billfold_paymentd;
