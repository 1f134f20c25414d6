-- billing.bill_write(finals, documents, journal): what a batch of bill dates came to. The first p_finals are final from the first moment, the
-- others drafts that wait for their review; their lines and taxes have been written before (billing.bill_hold lets them). Last come the
-- numbers and with them the documents, so that a series is locked briefly and has no gap. Entries are named by their document's place,
-- NULL for one that books nothing. p_send: they are mailed, to their contact and the account's other billing contacts.
-- requires: ledger.post, document.deliver_all, billing.series_take, billing.seller_snapshot, billing.payer_snapshot, billing.recipient
-- requires: billing.contact_snapshot, billing.ship_to_snapshot, billing.final_follow, billing.final_tell, job.emit_also
CREATE FUNCTION billing.bill_write(p_finals integer, p_id uuid[], p_subscription uuid[], p_account uuid[], p_entity uuid[],
    p_location uuid[], p_start date[], p_end date[], p_currency text[], p_exponent smallint[], p_po text[], p_issue date[], p_due date[],
    p_terms integer[], p_tax_mode text[], p_tax_inclusive boolean[], p_discount_percent numeric[], p_discount_amount bigint[],
    p_cash_rounding bigint[], p_subtotal bigint[], p_discount bigint[], p_net bigint[], p_tax bigint[], p_total bigint[],
    p_rounding bigint[], p_payable bigint[], p_paid bigint[], p_status text[], p_expired boolean[], p_send boolean[], p_entry uuid[],
    l_entry uuid[], l_account text[], l_customer uuid[], l_debit bigint[], l_credit bigint[], l_currency text[], l_base_debit bigint[],
    l_base_credit bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    n integer := cardinality(p_id);
    v_final uuid[] := p_id[1:p_finals];
    v_seller jsonb[];
    v_payer jsonb[];
    v_contact jsonb[];
    v_ship_to jsonb[];
    v_owner uuid[];
    v_made billing.invoice[];
BEGIN
    IF n = 0 THEN
        RETURN;
    END IF;
    SELECT array_agg(e.snapshot ORDER BY w.n), array_agg(billing.payer_snapshot(a, NULL) ORDER BY w.n),
           array_agg(billing.contact_snapshot(c) ORDER BY w.n),
           array_agg(CASE WHEN l.id IS NOT NULL THEN billing.ship_to_snapshot(l) END ORDER BY w.n),
           array_agg(a.owner_id ORDER BY w.n)
      INTO v_seller, v_payer, v_contact, v_ship_to, v_owner
      FROM unnest(v_final, p_account, p_entity, p_location) WITH ORDINALITY AS w (id, account, entity, location, n)
      LEFT JOIN crm.account a ON a.tenant_id = v_tenant AND a.id = w.account
      LEFT JOIN (SELECT x.id, billing.seller_snapshot(x) AS snapshot FROM tenant.entity x
                  WHERE x.tenant_id = v_tenant AND x.id = ANY (p_entity) OFFSET 0) e ON e.id = w.entity
      LEFT JOIN crm.location l ON l.tenant_id = v_tenant AND l.id = w.location
      LEFT JOIN LATERAL billing.recipient(w.account, NULL) c ON true
     WHERE w.n <= p_finals;
    IF cardinality(l_entry) > 0 THEN
        PERFORM ledger.post(p_entry, p_entity, array_fill('invoice'::text, ARRAY[n]), p_id,
            array_fill('finalized'::text, ARRAY[n]), p_issue, array_fill(NULL::text, ARRAY[n]), l_entry, l_account,
            l_customer, l_debit, l_credit, l_currency, l_base_debit, l_base_credit);
    END IF;
    PERFORM document.deliver_all(array_agg(d.id), array_agg(d.email), array_agg(d.name))
       FROM (SELECT w.id, r.email, r.name
               FROM unnest(v_final, p_account, p_send, v_contact) AS w (id, account, send, contact)
              CROSS JOIN LATERAL (
                    SELECT w.contact ->> 'email' AS email, w.contact ->> 'name' AS name
                     UNION ALL
                    SELECT min(c.email), min(c.name) FROM crm.contact c
                     WHERE c.tenant_id = v_tenant AND c.account_id = w.account AND c.archived_at IS NULL
                       AND 'billing' = ANY (c.roles) AND c.email_norm <> lower(w.contact ->> 'email')
                     GROUP BY c.email_norm) r
              WHERE w.send) d
      HAVING count(*) > 0;
    IF p_finals > 0 THEN
        PERFORM billing.final_follow(v_final, p_account[1:p_finals], v_owner, array_fill(NULL::uuid, ARRAY[p_finals]),
            p_status[1:p_finals], p_expired[1:p_finals]);
    END IF;

    WITH made AS (
        INSERT INTO billing.invoice AS i (id, status, account_id, entity_id, subscription_id, period_start, period_end, location_id,
            owner_id, number, series_id, series_period, series_no, issue_date, due_date, payment_terms, currency, exponent, po_number,
            tax_mode, tax_inclusive, discount_percent, discount_amount, cash_rounding, subtotal, discount_total, net_total, tax_total,
            total, rounding, payable, paid, seller, payer, contact, ship_to, finalized_at, delivery_status)
        SELECT w.id, w.status, w.account, w.entity, w.subscription, w.start, w.until, w.location,
               w.owner, k.number, k.series_id, k.period, k.no, w.issue, w.due, w.terms, w.currency, w.exponent, w.po,
               w.tax_mode, w.tax_inclusive, w.discount_percent, w.discount_amount, w.cash_rounding, w.subtotal, w.discount, w.net, w.tax,
               w.total, w.rounding, w.payable, w.paid, w.seller, w.payer, w.contact, w.ship_to,
               CASE WHEN k.no IS NOT NULL THEN clock_timestamp() END, CASE WHEN w.send THEN 'queued' ELSE 'none' END
          FROM unnest(p_id, p_status, p_account, p_entity, p_subscription, p_start, p_end, p_location, v_owner, p_issue, p_due, p_terms,
                   p_currency, p_exponent, p_po, p_tax_mode, p_tax_inclusive, p_discount_percent, p_discount_amount, p_cash_rounding,
                   p_subtotal, p_discount, p_net, p_tax, p_total, p_rounding, p_payable, p_paid, p_send, v_seller, v_payer, v_contact,
                   v_ship_to)
               WITH ORDINALITY AS w (id, status, account, entity, subscription, start, until, location, owner, issue, due, terms,
                   currency, exponent, po, tax_mode, tax_inclusive, discount_percent, discount_amount, cash_rounding,
                   subtotal, discount, net, tax, total, rounding, payable, paid, send, seller, payer, contact, ship_to, n)
          LEFT JOIN billing.series_take(p_entity[1:p_finals], array_fill('standard'::text, ARRAY[p_finals]), p_issue[1:p_finals]) k
            ON k.ord = w.n
         ORDER BY w.n
        RETURNING i AS invoice)
    SELECT array_agg(m.invoice) INTO v_made FROM made m;
    PERFORM billing.final_tell(array_agg(i), '{invoice.created}') FROM unnest(v_made) i WHERE i.number IS NOT NULL HAVING count(*) > 0;
    PERFORM job.emit_also('invoice.submitted', '{invoice.created}', 'invoice', array_agg(i.id), array_agg(i.version), array_agg(i.account_id),
               array_agg(jsonb_build_object('account_id', i.account_id, 'currency', i.currency, 'total', i.total, 'status', i.status)))
       FROM unnest(v_made) i WHERE i.number IS NULL HAVING count(*) > 0;
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_write(integer, uuid[], uuid[], uuid[], uuid[], uuid[], date[], date[], text[], smallint[],
    text[], date[], date[], integer[], text[], boolean[], numeric[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[],
    bigint[], bigint[], bigint[], bigint[], text[], boolean[], boolean[], uuid[], uuid[], text[], uuid[], bigint[], bigint[], text[],
    bigint[], bigint[]) TO billfold_api, billfold_invoiced;
