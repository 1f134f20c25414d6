-- payment.attempt_start(...): one try to charge one invoice begins: for what is due, or what was asked for
-- and is not more. Of two at the same time the second meets the one in flight (ZBATT); so does a new one while the
-- last one's outcome is unknown. The payment worker does the charging. hosted: on the processor's own page. off_session: its payer
-- is not there, and has agreed to that; the processor is told the same at every try.
-- requires: job.emit, job.enqueue
CREATE OR REPLACE FUNCTION payment.attempt_start(p_id uuid, p_invoice uuid, p_method uuid, p_processor text,
    p_token_sealed text, p_source text, p_processor_id uuid DEFAULT NULL, p_hosted boolean DEFAULT false,
    p_off_session boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
    v_processor uuid := coalesce(p_processor_id, (SELECT m.processor_id FROM payment.method m
        WHERE m.tenant_id = base.tenant_id() AND m.id = p_method));
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    ELSIF v.status NOT IN ('open', 'partially_paid') THEN
        PERFORM base.raise('ZBSTA', 'Nothing is due on this invoice.', '/status', 'wrong_state');
    ELSIF v.dispute_status = 'disputed' THEN
        PERFORM base.raise('ZBSTA', 'The invoice is disputed.', '/dispute_status', 'wrong_state');
    END IF;
    IF EXISTS (SELECT FROM connect.processor p WHERE p.tenant_id = base.tenant_id() AND p.id = v_processor
            AND (p.state <> 'active' OR p.archived_at IS NOT NULL)) THEN
        PERFORM base.raise('ZBSTA', 'The processor is paused.', '/payment_method', 'wrong_state');
    END IF;
    -- Looked for under the invoice's lock, and not met by the unique index: there it would be waited for while its answer is written,
    -- which wants the invoice.
    IF EXISTS (SELECT FROM payment.attempt a WHERE a.tenant_id = v.tenant_id AND a.invoice_id = p_invoice
            AND a.state IN ('new', 'in_flight', 'unknown')) THEN
        PERFORM base.raise('ZBATT', 'A payment of this invoice is being made; its outcome is not known yet.');
    END IF;
    INSERT INTO payment.attempt (id, invoice_id, account_id, method_id, processor, processor_id, token_sealed, amount,
        currency, source, hosted, off_session)
    VALUES (p_id, p_invoice, v.account_id, p_method, p_processor, v_processor, p_token_sealed, v.amount_due,
        v.currency, p_source, p_hosted, p_off_session);
    PERFORM job.emit('payment_attempt.created', 'payment_attempt', p_id, jsonb_build_object('invoice_id', p_invoice,
        'account_id', v.account_id, 'amount', v.amount_due, 'currency', v.currency, 'source', p_source));
    PERFORM job.enqueue('charge', 'attempt:' || p_id, jsonb_build_object('attempt_id', p_id));
END
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_start(uuid, uuid, uuid, text, text, text, uuid, boolean, boolean) TO billfold_api, billfold_paymentd;
