-- payment.refund_add(...): so much of a payment goes back: p_credit of what no invoice has used, the rest of what these invoices have
-- used, which are open again by that much. Decided on what was read; where less is left by now, nothing happens and the
-- caller decides anew (ZB409). By hand (no processor, or p_by_hand: people give back what it took) that is all; else the payment worker asks the processor. p_ref: the
-- processor's own, which somebody made there: the money is gone already.
-- requires: payment.hold, payment.take_back, job.emit, job.enqueue
CREATE FUNCTION payment.refund_add(p_id uuid, p_payment uuid, p_amount bigint, p_credit bigint, p_invoice uuid,
    p_invoices uuid[], p_amounts bigint[], p_day date, p_reason text,
    p_ref text DEFAULT NULL, p_by_hand boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    p payment.payment;
    a record;
    v payment.refund;
    v_done boolean;
BEGIN
    SELECT * INTO p FROM payment.payment x WHERE x.tenant_id = base.tenant_id() AND x.id = p_payment;
    PERFORM payment.hold(ARRAY[p.account_id]);
    SELECT x.id, x.processor, x.processor_id INTO a FROM payment.attempt x
     WHERE x.tenant_id = p.tenant_id AND x.id = p.attempt_id AND NOT p_by_hand;
    v_done := a.id IS NULL OR p_ref IS NOT NULL;
    IF EXISTS (SELECT FROM payment.refund r WHERE r.tenant_id = p.tenant_id AND r.payment_id = p.id AND r.processor_ref = p_ref) THEN
        PERFORM base.raise('ZB409', 'This refund is known already.');
    END IF;
    BEGIN
        INSERT INTO payment.refund (id, payment_id, account_id, invoice_id, amount, currency, reason, processor, processor_id,
            processor_ref, state, succeeded_at)
        VALUES (p_id, p.id, p.account_id, p_invoice, p_amount, p.currency, p_reason, a.processor, a.processor_id,
            p_ref, CASE WHEN v_done THEN 'succeeded' ELSE 'new' END, CASE WHEN v_done THEN clock_timestamp() END)
        RETURNING * INTO v;
    EXCEPTION WHEN unique_violation THEN
        PERFORM base.raise('ZBREF', 'Another refund of this payment is being made; its outcome is not known yet.');
    END;
    PERFORM payment.take_back(p.id, p_id, NULL, p_credit, p_invoices, p_amounts, p_day);
    PERFORM job.emit('refund.created', 'refund', p_id, jsonb_build_object('payment_id', p.id, 'account_id', p.account_id,
        'invoice_id', p_invoice, 'amount', p_amount, 'currency', p.currency, 'reason', p_reason, 'processor', a.processor));
    IF v_done THEN
        PERFORM job.emit('refund.succeeded', 'refund', p_id, NULL, v.version);
    ELSE
        PERFORM job.enqueue('refund', 'refund:' || p_id, jsonb_build_object('refund_id', p_id));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION payment.refund_add(uuid, uuid, bigint, bigint, uuid, uuid[], bigint[], date, text, text, boolean)
    TO billfold_api, billfold_invoiced, billfold_paymentd;
