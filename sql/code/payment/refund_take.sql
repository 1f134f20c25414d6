-- payment.refund_take(refund): the worker is about to ask the processor: from here on the money may move, and that is committed
-- before it is asked. state is what the refund was before, as with payment.attempt_take.
-- requires: payment.hold, job.emit, base.business_today, ledger.open_day
CREATE OR REPLACE FUNCTION payment.refund_take(p_refund uuid)
RETURNS TABLE (state text, processor text, processor_id uuid, api_key_sealed text, live boolean, amount bigint, currency text,
    exponent smallint, charge_key uuid, charge_ref text, processor_ref text, sent_s bigint, unknown_s bigint,
    unknown_times integer, unknown_reason text, account_id uuid, entity_id uuid, today date, payment_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    v payment.refund;
BEGIN
    PERFORM payment.hold(ARRAY(SELECT r.account_id FROM payment.refund r WHERE r.tenant_id = base.tenant_id() AND r.id = p_refund));
    SELECT * INTO v FROM payment.refund r WHERE r.tenant_id = base.tenant_id() AND r.id = p_refund FOR UPDATE;
    IF v.state = 'new' THEN
        UPDATE payment.refund r SET state = 'in_flight', sent_at = clock_timestamp()
         WHERE r.tenant_id = base.tenant_id() AND r.id = p_refund RETURNING r.sent_at INTO v.sent_at;
        PERFORM job.emit('refund.in_flight', 'refund', p_refund);
    END IF;
    RETURN QUERY
    SELECT v.state, v.processor, v.processor_id, c.api_key_sealed, coalesce(c.mode = 'live', false), v.amount, v.currency,
           u.exponent, a.id, a.processor_ref, v.processor_ref, floor(extract(epoch FROM v.sent_at))::bigint,
           floor(extract(epoch FROM clock_timestamp() - v.unknown_at))::bigint, v.unknown_times, v.unknown_reason,
           v.account_id, p.entity_id, greatest(ledger.open_day(p.entity_id, base.business_today(coalesce(k.time_zone, e.time_zone))),
               (SELECT max(x.entry_date) FROM ledger.entry x WHERE x.tenant_id = v.tenant_id AND x.document_id = v.id)), v.payment_id
      FROM payment.payment p
      JOIN payment.attempt a ON a.tenant_id = p.tenant_id AND a.id = p.attempt_id
      JOIN base.currency u ON u.code = v.currency
      JOIN crm.account k ON k.tenant_id = v.tenant_id AND k.id = v.account_id
      LEFT JOIN tenant.entity e ON e.tenant_id = p.tenant_id AND e.id = p.entity_id
      LEFT JOIN connect.processor c ON c.tenant_id = v.tenant_id AND c.id = v.processor_id
     WHERE p.tenant_id = v.tenant_id AND p.id = v.payment_id;
END
$$;

GRANT EXECUTE ON FUNCTION payment.refund_take(uuid) TO billfold_paymentd;
