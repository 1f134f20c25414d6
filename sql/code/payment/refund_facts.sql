-- payment.refund_facts(payment, invoice, by_hand): what giving money back is decided on: of what no invoice has used, or, where an invoice is
-- named, of what it has used. left_over: how much there is of that. Nothing is given back beside a refund whose outcome is
-- open, nor while the payer has called the bank. By hand, people give back what a processor took: no processor is asked, and what it
-- lets through is nobody's matter. The day is not before the money came or was used.
-- requires: base.business_today, ledger.open_day
CREATE FUNCTION payment.refund_facts(p_payment uuid, p_invoice uuid, p_by_hand boolean DEFAULT false)
RETURNS TABLE (account_id uuid, entity_id uuid, currency text, kind text, processor text, left_over bigint, day date)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    p payment.payment;
    i billing.invoice;
    a record;
    v_used bigint;
    v_day date;
BEGIN
    SELECT * INTO p FROM payment.payment x WHERE x.tenant_id = base.tenant_id() AND x.id = p_payment;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such payment.');
    END IF;
    SELECT x.id, x.processor, x.processor_id INTO a FROM payment.attempt x WHERE x.tenant_id = p.tenant_id AND x.id = p.attempt_id;
    SELECT sum(x.amount), max(x.applied_on) INTO v_used, v_day FROM payment.allocation x
     WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id AND x.invoice_id = p_invoice;
    SELECT * INTO i FROM billing.invoice x WHERE x.tenant_id = p.tenant_id AND x.id = p_invoice;
    IF p_invoice IS NOT NULL AND v_used IS NULL THEN
        PERFORM base.raise('ZB422', 'The payment pays no such invoice.', '/invoice_id', 'not_found');
    ELSIF p_invoice IS NOT NULL AND i.status NOT IN ('open', 'partially_paid', 'paid') THEN
        PERFORM base.raise('ZBSTA', format('An invoice that is %s is not opened again.', i.status), '/invoice_id', 'wrong_state');
    ELSIF EXISTS (SELECT FROM payment.refund r WHERE r.tenant_id = p.tenant_id AND r.payment_id = p.id
            AND r.state IN ('new', 'in_flight', 'unknown')) THEN
        PERFORM base.raise('ZBREF', 'Another refund of this payment is being made; its outcome is not known yet.');
    ELSIF EXISTS (SELECT FROM payment.dispute d WHERE d.tenant_id = p.tenant_id AND d.payment_id = p.id AND d.state = 'open') THEN
        PERFORM base.raise('ZBSTA', 'The payment is disputed: the bank decides about it.');
    ELSIF NOT p_by_hand AND EXISTS (SELECT FROM connect.processor c WHERE c.tenant_id = p.tenant_id AND c.id = a.processor_id
            AND (c.state <> 'active' OR c.archived_at IS NOT NULL)) THEN
        PERFORM base.raise('ZBSTA', 'The processor is paused or removed: give it back by hand, or let it go on.');
    END IF;
    RETURN QUERY
    SELECT p.account_id, p.entity_id, p.currency, CASE WHEN p_by_hand AND a.id IS NOT NULL THEN 'bank' ELSE p.kind END,
           CASE WHEN NOT p_by_hand THEN a.processor END,
           CASE WHEN p_invoice IS NULL THEN p.unapplied ELSE v_used END,
           greatest(ledger.open_day(p.entity_id, base.business_today(coalesce(c.time_zone, e.time_zone))), p.received_on, v_day)
      FROM crm.account c
      LEFT JOIN tenant.entity e ON e.tenant_id = c.tenant_id AND e.id = p.entity_id
     WHERE c.tenant_id = p.tenant_id AND c.id = p.account_id;
END
$$;

GRANT EXECUTE ON FUNCTION payment.refund_facts(uuid, uuid, boolean) TO billfold_api, billfold_invoiced;
