-- payment.fee_add(attempt, kind, ref, amount, currency, day, base_amount): what the processor kept of an attempt's payment, or for an
-- attempt that was declined and has brought none. Raises ZB409 when it is booked already, so that its journal entry is not made twice.
-- requires: job.emit
CREATE FUNCTION payment.fee_add(p_attempt uuid, p_kind text, p_ref text, p_amount bigint, p_currency text, p_day date,
    p_base_amount bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_payment uuid;
    v_state text;
BEGIN
    SELECT p.id, a.state INTO v_payment, v_state
      FROM payment.attempt a
      LEFT JOIN payment.payment p ON p.tenant_id = a.tenant_id AND p.attempt_id = a.id
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt;
    IF v_payment IS NULL AND v_state IS DISTINCT FROM 'declined' THEN
        PERFORM base.raise('ZB404', 'The attempt has brought no payment.');
    END IF;
    INSERT INTO payment.fee (payment_id, attempt_id, kind, ref, amount, currency, base_amount, booked_on)
    VALUES (v_payment, CASE WHEN v_payment IS NULL THEN p_attempt END, p_kind, p_ref, p_amount, p_currency, p_base_amount, p_day)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB409', 'This fee is booked already.');
    END IF;
    IF v_payment IS NULL THEN
        PERFORM job.emit('payment_attempt.fee_booked', 'payment_attempt', p_attempt, jsonb_build_object('kind', p_kind, 'amount', p_amount,
            'currency', p_currency));
    ELSE
        PERFORM job.emit('payment.fee_booked', 'payment', v_payment, jsonb_build_object('kind', p_kind, 'amount', p_amount,
            'currency', p_currency));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.fee_add(uuid, text, text, bigint, text, date, bigint) TO billfold_paymentd;
