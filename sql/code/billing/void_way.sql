-- billing.void_way(invoice): how a final document is taken back: 'state', by its state alone, before it was sent and while its period is
-- open; after that 'credit', by a credit note of all of it. Raises where it is neither: a draft, what is void already or settled in
-- part, what a payment is being made for, what gives money back itself.
-- requires: ledger.period_hold
CREATE FUNCTION billing.void_way(p_id uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    ELSIF v.number IS NULL THEN
        PERFORM base.raise('ZBSTA', 'A draft is deleted, not voided.', '/status', 'wrong_state');
    ELSIF v.status = 'void' THEN
        PERFORM base.raise('ZBSTA', 'The invoice is void already.', '/status', 'wrong_state');
    ELSIF v.payable < 0 THEN
        PERFORM base.raise('ZBSTA', 'What a document has given back is asked for by a debit note.', '/kind', 'wrong_state');
    ELSIF v.paid > 0 OR v.credited > 0 OR v.written_off > 0 THEN
        PERFORM base.raise('ZBSTA', 'The invoice is settled in part; it takes a credit note.', '/status', 'wrong_state');
    ELSIF EXISTS (SELECT FROM payment.attempt t WHERE t.tenant_id = v.tenant_id AND t.invoice_id = v.id
                   AND t.state IN ('new', 'in_flight', 'unknown')) THEN
        PERFORM base.raise('ZBATT', 'A payment attempt is in flight.');
    END IF;
    RETURN CASE WHEN v.payable > 0 AND (v.sent_at IS NOT NULL OR v.delivery_status IN ('queued', 'sent', 'delivered')
            OR ledger.period_hold(v.tenant_id, v.entity_id) >= v.issue_date) THEN 'credit' ELSE 'state' END;
END
$$;

GRANT EXECUTE ON FUNCTION billing.void_way(uuid) TO billfold_api, billfold_invoiced;
