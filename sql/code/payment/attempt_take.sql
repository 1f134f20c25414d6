-- payment.attempt_take(attempt): the worker is about to ask the processor: from here on the money may move, and that is
-- committed before it is asked. state is what the attempt was before: 'new' is charged, 'in_flight' and 'unknown'
-- (a worker died, an answer was lost) are asked for, anything else is over.
-- requires: job.emit
CREATE OR REPLACE FUNCTION payment.attempt_take(p_attempt uuid)
RETURNS TABLE (state text, processor text, token_sealed text, sealed_for text, amount bigint, currency text,
    reference text, off_session boolean, invoice_id uuid, account_id uuid,
    processor_id uuid, api_key_sealed text, live boolean, exponent smallint, sent_s bigint, unknown_s bigint,
    unknown_times integer, unknown_reason text, processor_ref text, entity_id uuid,
    today date, payment_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    v payment.attempt;
BEGIN
    SELECT * INTO v FROM payment.attempt a WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt FOR UPDATE;
    IF v.state = 'new' THEN
        UPDATE payment.attempt a SET state = 'in_flight', sent_at = clock_timestamp()
         WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt RETURNING a.sent_at INTO v.sent_at;
        PERFORM job.emit('payment_attempt.in_flight', 'payment_attempt', p_attempt);
    END IF;
    RETURN QUERY
    SELECT v.state, v.processor, coalesce(v.token_sealed, m.token_sealed),
           CASE WHEN v.token_sealed IS NULL THEN 'payment.method|token|' || m.id ELSE 'payment.attempt|token|' || v.id END,
           v.amount, v.currency, i.number, v.source IN ('retry', 'schedule'), v.invoice_id, v.account_id,
           v.processor_id, c.api_key_sealed, coalesce(c.mode = 'live', false), u.exponent,
           floor(extract(epoch FROM v.sent_at))::bigint,
           floor(extract(epoch FROM clock_timestamp() - v.unknown_at))::bigint, v.unknown_times, v.unknown_reason,
           v.processor_ref, i.entity_id, base.business_today(),
           (SELECT p.id FROM payment.payment p WHERE p.tenant_id = v.tenant_id AND p.attempt_id = v.id)
      FROM billing.invoice i
      JOIN base.currency u ON u.code = v.currency
      LEFT JOIN connect.processor c ON c.tenant_id = v.tenant_id AND c.id = v.processor_id
      LEFT JOIN payment.method m ON m.tenant_id = v.tenant_id AND m.id = v.method_id
     WHERE i.tenant_id = v.tenant_id AND i.id = v.invoice_id;
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_take(uuid) TO billfold_paymentd;
