-- payment.attempt_take(attempt): the worker is about to ask the processor: from here on the money may move, and that is
-- committed before it is asked. state is what the attempt was before: 'new' is charged, 'in_flight' and 'unknown'
-- (a worker died, an answer was lost) are asked for, anything else is over. With it, all that the outcome is decided on.
CREATE OR REPLACE FUNCTION payment.attempt_take(p_attempt uuid)
RETURNS TABLE (state text, processor text, token_sealed text, sealed_for text, amount bigint, currency text,
    reference text, off_session boolean, invoice_id uuid, account_id uuid, owner_id uuid, today date, consent boolean,
    retry_days integer[], policy_id uuid, first_declined_on date, zone text)
LANGUAGE plpgsql AS $$
DECLARE
    v payment.attempt;
BEGIN
    SELECT * INTO v FROM payment.attempt a WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt FOR UPDATE;
    IF v.state = 'new' THEN
        UPDATE payment.attempt a SET state = 'in_flight', sent_at = clock_timestamp()
         WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt;
    END IF;
    RETURN QUERY
    SELECT v.state, v.processor, coalesce(v.token_sealed, m.token_sealed),
           CASE WHEN v.token_sealed IS NULL THEN 'payment.method|token|' || m.id ELSE 'payment.attempt|token|' || v.id END,
           v.amount, v.currency, i.number, v.source IN ('retry', 'schedule'), v.invoice_id, v.account_id,
           coalesce(i.owner_id, a.owner_id), base.business_today(),
           coalesce(m.off_session AND m.state = 'active', false),
           p.retry_days, p.id, d.first_declined_on, coalesce(a.time_zone, NULLIF(current_setting('app.zone', true), ''))
      FROM billing.invoice i
      JOIN crm.account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
      LEFT JOIN payment.method m ON m.tenant_id = v.tenant_id AND m.id = v.method_id
      LEFT JOIN collect.dunning d ON d.tenant_id = i.tenant_id AND d.invoice_id = i.id AND d.state <> 'resolved'
      LEFT JOIN collect.policy p ON p.tenant_id = i.tenant_id
           AND CASE WHEN d.id IS NULL THEN p.is_default ELSE p.id = d.policy_id END
     WHERE i.tenant_id = v.tenant_id AND i.id = v.invoice_id;
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_take(uuid) TO billfold_paymentd;
