-- payment.release_facts(payment, invoice): what taking a payment off an invoice is decided on: how much of it the invoice has used. Not while
-- the payer has called the bank, nor from what was given up. The day is not before it was used.
-- requires: ledger.open_day, base.business_today
CREATE OR REPLACE FUNCTION payment.release_facts(p_payment uuid, p_invoice uuid)
RETURNS TABLE (account_id uuid, entity_id uuid, currency text, used bigint, day date)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    p payment.payment;
    i billing.invoice;
    v_used bigint;
    v_day date;
BEGIN
    SELECT * INTO p FROM payment.payment x WHERE x.tenant_id = base.tenant_id() AND x.id = p_payment;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such payment.');
    END IF;
    SELECT sum(x.amount), max(x.applied_on) INTO v_used, v_day FROM payment.allocation x
     WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id AND x.invoice_id = p_invoice;
    SELECT * INTO i FROM billing.invoice x WHERE x.tenant_id = p.tenant_id AND x.id = p_invoice;
    IF v_used IS NULL THEN
        PERFORM base.raise('ZB422', 'The payment pays no such invoice.', '/invoice_id', 'not_found');
    ELSIF v_used = 0 THEN
        PERFORM base.raise('ZBSTA', 'The invoice uses nothing of the payment any more.', '/invoice_id', 'wrong_state');
    ELSIF i.status NOT IN ('partially_paid', 'paid') THEN
        PERFORM base.raise('ZBSTA', format('An invoice that is %s is not opened again.', i.status), '/invoice_id', 'wrong_state');
    ELSIF EXISTS (SELECT FROM payment.dispute d WHERE d.tenant_id = p.tenant_id AND d.payment_id = p.id AND d.state = 'open') THEN
        PERFORM base.raise('ZBSTA', 'The payment is disputed: the bank decides about it.');
    END IF;
    RETURN QUERY
    SELECT p.account_id, p.entity_id, p.currency, v_used,
           greatest(ledger.open_day(i.entity_id, base.business_today(coalesce(i.payer ->> 'time_zone', i.seller ->> 'time_zone'))), v_day);
END
$$;

GRANT EXECUTE ON FUNCTION payment.release_facts(uuid, uuid) TO billfold_api;
