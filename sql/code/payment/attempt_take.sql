-- payment.attempt_take(attempt): the worker is about to ask the processor: from here on the money may move, and that is
-- committed before it is asked. state is what the attempt was before: 'new' is charged, 'in_flight' and 'unknown'
-- (a worker died, an answer was lost) are asked for, anything else is over. What waited is judged anew: of what was paid in
-- another way meanwhile no more is charged than is still due, and where nothing is, it is cancelled. due: as it is now. consent_id: to
-- keep the method, which is not kept yet. processing: known to be with the payer's bank.
-- requires: job.emit, payment.attempt_end
CREATE OR REPLACE FUNCTION payment.attempt_take(p_attempt uuid)
RETURNS TABLE (state text, processor text, token_sealed text, sealed_for text, amount bigint, currency text,
    reference text, off_session boolean, invoice_id uuid, account_id uuid,
    processor_id uuid, api_key_sealed text, live boolean, exponent smallint, sent_s bigint, unknown_s bigint,
    unknown_times integer, unknown_reason text, processor_ref text, entity_id uuid,
    today date, payment_id uuid, due bigint, hosted boolean, page_ref text, consent_id uuid, processing boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v payment.attempt;
    v_due bigint;
BEGIN
    SELECT * INTO v FROM payment.attempt a WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt FOR UPDATE;
    -- Held, so that money that is coming in is waited for.
    SELECT CASE WHEN i.status IN ('open', 'partially_paid') THEN i.amount_due ELSE 0 END INTO v_due
      FROM billing.invoice i WHERE i.tenant_id = v.tenant_id AND i.id = v.invoice_id FOR SHARE;
    IF v.state = 'new' AND v_due = 0 THEN
        PERFORM payment.attempt_end(p_attempt, 'cancelled', NULL, NULL, NULL);
        v.state := 'cancelled';
    ELSIF v.state = 'new' THEN
        UPDATE payment.attempt a SET state = 'in_flight', sent_at = clock_timestamp(), amount = least(a.amount, v_due)
         WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt RETURNING a.sent_at, a.amount INTO v.sent_at, v.amount;
        PERFORM job.emit('payment_attempt.in_flight', 'payment_attempt', p_attempt, jsonb_build_object('amount', v.amount));
    END IF;
    RETURN QUERY
    SELECT v.state, v.processor, coalesce(v.token_sealed, m.token_sealed),
           CASE WHEN v.token_sealed IS NULL THEN 'payment.method|token|' || m.id ELSE 'payment.attempt|token|' || v.id END,
           v.amount, v.currency, i.number, v.off_session OR v.source IN ('retry', 'schedule'), v.invoice_id, v.account_id,
           v.processor_id, c.api_key_sealed, coalesce(c.mode = 'live', false), u.exponent,
           floor(extract(epoch FROM v.sent_at))::bigint,
           floor(extract(epoch FROM clock_timestamp() - v.unknown_at))::bigint, v.unknown_times, v.unknown_reason,
           v.processor_ref, i.entity_id, base.business_today(),
           (SELECT p.id FROM payment.payment p WHERE p.tenant_id = v.tenant_id AND p.attempt_id = v.id), v_due,
           v.hosted, v.page_ref, (SELECT c.id FROM payment.consent c
               WHERE c.tenant_id = v.tenant_id AND c.attempt_id = v.id AND c.method_id IS NULL),
           v.processing_at IS NOT NULL
      FROM billing.invoice i
      JOIN base.currency u ON u.code = v.currency
      LEFT JOIN connect.processor c ON c.tenant_id = v.tenant_id AND c.id = v.processor_id
      LEFT JOIN payment.method m ON m.tenant_id = v.tenant_id AND m.id = v.method_id
     WHERE i.tenant_id = v.tenant_id AND i.id = v.invoice_id;
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_take(uuid) TO billfold_paymentd;
