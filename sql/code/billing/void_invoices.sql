-- billing.void_invoices(invoices): before it was sent, and while its tax period is open, a final document
-- is taken back by its state alone, with entries that reverse what it booked, dated today. It keeps
-- its number. After that, or once it is settled in part, the way is a credit note.
-- requires: ledger.period_hold, ledger.reverse, billing.deal_follow, collect.resolve, job.emit
CREATE FUNCTION billing.void_invoices(p_ids uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v record;
    v_found bigint := 0;
    v_today date;
    v_deals uuid[];
BEGIN
    FOR v IN SELECT i.* FROM billing.invoice i WHERE i.tenant_id = v_tenant AND i.id = ANY (p_ids)
              ORDER BY i.id FOR UPDATE
    LOOP
        v_found := v_found + 1;
        IF v.number IS NULL THEN
            PERFORM base.raise('ZBSTA', 'A draft is deleted, not voided.', '/status', 'wrong_state');
        ELSIF v.status = 'void' THEN
            PERFORM base.raise('ZBSTA', 'The invoice is void already.', '/status', 'wrong_state');
        ELSIF v.paid > 0 OR v.credited > 0 OR v.written_off > 0 THEN
            PERFORM base.raise('ZBSTA', 'The invoice is settled in part; it takes a credit note.', '/status', 'wrong_state');
        ELSIF v.sent_at IS NOT NULL OR v.delivery_status IN ('queued', 'sent', 'delivered') THEN
            PERFORM base.raise('ZBSTA', 'The invoice was sent; it takes a credit note.', '/sent_at', 'wrong_state');
        ELSIF EXISTS (SELECT FROM payment.attempt t WHERE t.tenant_id = v_tenant AND t.invoice_id = v.id
                       AND t.state IN ('new', 'in_flight', 'unknown')) THEN
            PERFORM base.raise('ZBATT', 'A payment attempt is in flight.');
        ELSIF ledger.period_hold(v_tenant, v.entity_id) >= v.issue_date THEN
            PERFORM base.raise('ZBLCK', 'The period of the invoice is locked; it takes a credit note.');
        END IF;
        v_deals := v_deals || v.deal_id;
        v_today := base.business_today(coalesce(v.payer ->> 'time_zone', v.seller ->> 'time_zone'));
        PERFORM ledger.reverse(ARRAY[v.id], 'finalized', 'voided', greatest(v_today, v.issue_date));
        PERFORM job.emit('invoice.voided', 'invoice', v.id, jsonb_build_object('number', v.number,
            'account_id', v.account_id, 'deal_id', v.deal_id, 'total', v.total, 'currency', v.currency), v.version + 1);
    END LOOP;
    IF v_found <> cardinality(p_ids) THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    END IF;
    UPDATE billing.invoice i SET status = 'void', voided_at = clock_timestamp()
     WHERE i.tenant_id = v_tenant AND i.id = ANY (p_ids);
    PERFORM collect.resolve(p_ids);
    IF cardinality(array_remove(v_deals, NULL)) > 0 THEN
        PERFORM billing.deal_follow(v_deals);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.void_invoices(uuid[]) TO billfold_api, billfold_invoiced;
