-- payment.setup_take(setup): the worker is about to ask the processor; state is what the setup was before. No row: there is none.
-- requires: job.emit
CREATE FUNCTION payment.setup_take(p_setup uuid)
RETURNS TABLE (state text, processor text, processor_id uuid, api_key_sealed text, live boolean, token_sealed text, currency text,
    page_ref text, consent_id uuid, sent_s bigint, unknown_s bigint, unknown_times integer, unknown_reason text)
LANGUAGE plpgsql AS $$
DECLARE
    v payment.setup;
BEGIN
    SELECT * INTO v FROM payment.setup s WHERE s.tenant_id = base.tenant_id() AND s.id = p_setup FOR UPDATE;
    IF v.state = 'new' THEN
        UPDATE payment.setup s SET state = 'in_flight', sent_at = clock_timestamp()
         WHERE s.tenant_id = base.tenant_id() AND s.id = p_setup RETURNING s.sent_at INTO v.sent_at;
        PERFORM job.emit('payment_setup.updated', 'payment_setup', p_setup, jsonb_build_object('state', 'in_flight'));
    END IF;
    RETURN QUERY
    SELECT v.state, v.processor, v.processor_id, p.api_key_sealed, p.mode = 'live', v.token_sealed, v.currency, v.page_ref,
           (SELECT c.id FROM payment.consent c WHERE c.tenant_id = v.tenant_id AND c.setup_id = v.id),
           floor(extract(epoch FROM v.sent_at))::bigint, floor(extract(epoch FROM clock_timestamp() - v.unknown_at))::bigint,
           v.unknown_times, v.unknown_reason
      FROM connect.processor p WHERE p.tenant_id = v.tenant_id AND p.id = v.processor_id;
END
$$;

GRANT EXECUTE ON FUNCTION payment.setup_take(uuid) TO billfold_paymentd;
