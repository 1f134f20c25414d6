-- payment.apply_facts(payment, invoice): what using a payment on an invoice is decided on. The two must be of one account, seller and
-- currency, something must be left of the one and due on the other. The day is one whose books are open.
-- requires: ledger.open_day
CREATE OR REPLACE FUNCTION payment.apply_facts(p_payment uuid, p_invoice uuid)
RETURNS TABLE (account_id uuid, entity_id uuid, currency text, unapplied bigint, amount_due bigint, day date)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    p payment.payment;
    i billing.invoice;
BEGIN
    SELECT * INTO p FROM payment.payment x WHERE x.tenant_id = base.tenant_id() AND x.id = p_payment;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such payment.');
    END IF;
    SELECT * INTO i FROM billing.invoice x
     WHERE x.tenant_id = base.tenant_id() AND x.id = p_invoice AND x.account_id = p.account_id;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'The payment''s account has no such invoice.', '/invoice_id', 'not_found');
    ELSIF i.currency <> p.currency THEN
        PERFORM base.raise('ZBCUR', format('The payment is in %s, the invoice in %s.', p.currency, i.currency),
            '/invoice_id', 'currency_mismatch');
    ELSIF i.entity_id <> p.entity_id THEN
        PERFORM base.raise('ZB422', 'Another seller received the payment.', '/invoice_id', 'entity_mismatch');
    ELSIF i.status NOT IN ('open', 'partially_paid') THEN
        PERFORM base.raise('ZBSTA', format('Nothing is due on an invoice that is %s.', i.status), '/invoice_id', 'wrong_state');
    ELSIF p.unapplied = 0 THEN
        PERFORM base.raise('ZBSTA', 'All of the payment is used.', '/unapplied', 'wrong_state');
    END IF;
    RETURN QUERY
    SELECT p.account_id, p.entity_id, p.currency, p.unapplied, i.amount_due,
           greatest(ledger.open_day(i.entity_id, base.business_today(coalesce(i.payer ->> 'time_zone', i.seller ->> 'time_zone'))),
               i.issue_date);
END
$$;

GRANT EXECUTE ON FUNCTION payment.apply_facts(uuid, uuid) TO billfold_program;
