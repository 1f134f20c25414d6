-- payment.conversion_add(attempt, kind, ref, amount, settled, currency, day, base_amount): what an attempt's payment, or what went back of it, came to in
-- the currency that the processor settles in. Raises ZB409 when it is booked already, so that its journal entries are not made twice.
-- requires: job.emit
CREATE FUNCTION payment.conversion_add(p_attempt uuid, p_kind text, p_ref text, p_amount bigint, p_settled bigint, p_currency text, p_day date,
    p_base_amount bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_payment uuid;
BEGIN
    SELECT p.id INTO v_payment FROM payment.payment p WHERE p.tenant_id = base.tenant_id() AND p.attempt_id = p_attempt;
    IF v_payment IS NULL THEN
        PERFORM base.raise('ZB404', 'The attempt has brought no payment.');
    END IF;
    INSERT INTO payment.conversion (payment_id, kind, ref, amount, settled, currency, base_amount, booked_on)
    VALUES (v_payment, p_kind, p_ref, p_amount, p_settled, p_currency, p_base_amount, p_day)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB409', 'This conversion is booked already.');
    END IF;
    PERFORM job.emit('payment.converted', 'payment', v_payment, jsonb_build_object('kind', p_kind, 'amount', p_amount,
        'settled', p_settled, 'settled_currency', p_currency));
END
$$;

GRANT EXECUTE ON FUNCTION payment.conversion_add(uuid, text, text, bigint, bigint, text, date, bigint) TO billfold_paymentd;
