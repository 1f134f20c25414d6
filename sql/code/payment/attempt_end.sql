-- payment.attempt_end(attempt, state, class, code, ref, ends_method): what became of it: succeeded, declined, or unknown, which holds
-- the invoice until the processor has been asked; then code says why. in_flight: the processor has it and will tell. A
-- known outcome is never taken back, but one: money that moved after all counts, whatever was said before. A token that was
-- only for this attempt is forgotten with it. What a bank had is under way no longer. Each is told, a method that ends with it too.
-- requires: job.emit
CREATE OR REPLACE FUNCTION payment.attempt_end(p_attempt uuid, p_state text, p_class text, p_code text, p_ref text,
    p_ends_method boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v payment.attempt;
    v_open boolean := p_state IN ('in_flight', 'unknown');
BEGIN
    UPDATE payment.attempt a
       SET state = p_state, decline_class = p_class, decline_code = CASE WHEN p_state = 'declined' THEN p_code END,
           processor_ref = coalesce(p_ref, a.processor_ref),
           token_sealed = CASE WHEN v_open THEN a.token_sealed END, page_url = CASE WHEN v_open THEN a.page_url END,
           unknown_at = CASE WHEN p_state = 'unknown' THEN coalesce(a.unknown_at, clock_timestamp()) END,
           unknown_times = a.unknown_times + CASE WHEN p_state = 'unknown' THEN 1 ELSE 0 END,
           unknown_reason = CASE WHEN p_state = 'unknown' THEN p_code END,
           resolved_at = CASE WHEN NOT v_open THEN clock_timestamp() END
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt
       AND (a.state IN ('new', 'in_flight', 'unknown') OR (p_state = 'succeeded' AND a.state IN ('declined', 'cancelled')))
    RETURNING * INTO v;
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'The attempt is over already.');
    END IF;
    IF p_ends_method AND v.method_id IS NOT NULL THEN
        UPDATE payment.method m SET state = 'declined', is_default = false
         WHERE m.tenant_id = base.tenant_id() AND m.id = v.method_id AND m.state = 'active';
        IF FOUND THEN
            PERFORM job.emit('payment_method.declined', 'payment_method', v.method_id, jsonb_build_object(
                'account_id', v.account_id, 'state', 'declined', 'attempt_id', v.id, 'decline_code', p_code));
        END IF;
    END IF;
    IF NOT v_open AND v.processing_at IS NOT NULL THEN
        UPDATE billing.invoice i SET amount_processing = 0
         WHERE i.tenant_id = base.tenant_id() AND i.id = v.invoice_id AND i.amount_processing > 0;
        IF FOUND THEN
            PERFORM job.emit('invoice.payment_' || p_state, 'invoice', v.invoice_id, jsonb_build_object('account_id', v.account_id,
                'attempt_id', v.id, 'amount', v.amount, 'currency', v.currency, 'decline_code', p_code));
        END IF;
    END IF;
    PERFORM job.emit('payment_attempt.' || CASE p_state WHEN 'in_flight' THEN 'updated' ELSE p_state END, 'payment_attempt', p_attempt, jsonb_build_object(
        'invoice_id', v.invoice_id, 'account_id', v.account_id, 'amount', v.amount, 'currency', v.currency,
        'decline_class', p_class, 'decline_code', p_code, 'processor_ref', v.processor_ref));
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_end(uuid, text, text, text, text, boolean) TO billfold_paymentd;
