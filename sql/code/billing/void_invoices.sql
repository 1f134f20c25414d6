-- billing.void_invoices(invoices): before it was sent, and while its tax period is open, a final document
-- is taken back by its state alone, with entries that reverse what it booked, dated today. It keeps
-- its number. After that, or once it is settled in part, the way is a credit note.
-- requires: billing.void_way, ledger.reverse, billing.deal_follow, collect.resolve, job.emit
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
        IF billing.void_way(v.id) <> 'state' AND (v.sent_at IS NOT NULL OR v.delivery_status <> 'none') THEN
            PERFORM base.raise('ZBSTA', 'The invoice was sent; it takes a credit note.', '/sent_at', 'wrong_state');
        ELSIF billing.void_way(v.id) <> 'state' THEN
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
