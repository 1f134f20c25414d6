-- billing.finalize(documents, journal): drafts become final documents, a set at a time, one is a set of one. C has
-- computed the amounts and the journal lines from what it read at these versions; here they are held to it
-- (ZB412 when a draft has changed since, ZBSTA when it is final already), snapshots are taken, jobs
-- written, and last the numbers with the events that name them, so that a series is locked briefly and has no gap. Entries
-- are named by their document's place: p_entry is NULL for a document that books nothing. p_paid is what payment.use_advances
-- has put on each document before, in this transaction.
-- requires: ledger.post, billing.series_take, billing.seller_snapshot, billing.payer_snapshot
-- requires: billing.recipient, billing.contact_snapshot, billing.ship_to_snapshot, billing.final_follow, billing.final_tell
CREATE FUNCTION billing.finalize(p_id uuid[], p_version bigint[], p_issue date[], p_due date[], p_terms integer[],
    p_subtotal bigint[], p_discount bigint[], p_net bigint[], p_tax bigint[], p_total bigint[], p_rounding bigint[],
    p_payable bigint[], p_paid bigint[], p_status text[], p_exchange_rate numeric[], p_expired boolean[], p_entry uuid[],
    l_entry uuid[], l_account text[], l_customer uuid[], l_debit bigint[], l_credit bigint[], l_currency text[],
    l_base_debit bigint[], l_base_credit bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    n integer := cardinality(p_id);
    v_absent boolean;
    v_state text;
    v_changed boolean;
    v_entity uuid[];
    v_kind text[];
    v_deal uuid[];
    v_account uuid[];
    v_seller jsonb[];
    v_payer jsonb[];
    v_contact jsonb[];
    v_ship_to jsonb[];
    v_owner uuid[];
    v_po text[];
    v_closed text;
    v_contactless text;
    v_without_po text;
    v_final billing.invoice[];
BEGIN
    -- The drafts, locked, as they were read, and who is on them. One of several in one order: two runs never wait for
    -- each other.
    WITH locked AS (
        SELECT i.* FROM billing.invoice i
         WHERE i.tenant_id = v_tenant AND i.id = ANY (p_id) ORDER BY i.id FOR UPDATE)
    SELECT bool_or(i.id IS NULL), min(i.status) FILTER (WHERE i.status NOT IN ('draft', 'pending_approval')),
           bool_or(i.version <> w.version),
           array_agg(i.entity_id ORDER BY w.ord), array_agg(i.kind ORDER BY w.ord), array_agg(i.deal_id ORDER BY w.ord),
           array_agg(i.account_id ORDER BY w.ord),
           array_agg(billing.seller_snapshot(e) ORDER BY w.ord),
           array_agg(billing.payer_snapshot(a, i.invoice_address) ORDER BY w.ord),
           array_agg(billing.contact_snapshot(c) ORDER BY w.ord),
           array_agg(CASE WHEN l.id IS NOT NULL THEN billing.ship_to_snapshot(l) END ORDER BY w.ord),
           array_agg(a.owner_id ORDER BY w.ord),
           array_agg(coalesce(i.po_number, l.po_number, a.po_number) ORDER BY w.ord),
           min(a.account_name) FILTER (WHERE a.state = 'closed' OR a.archived_at IS NOT NULL),
           min(a.account_name) FILTER (WHERE c.id IS NULL),
           min(a.account_name) FILTER (WHERE a.po_required AND coalesce(i.po_number, l.po_number, a.po_number) IS NULL)
      INTO v_absent, v_state, v_changed, v_entity, v_kind, v_deal, v_account, v_seller, v_payer, v_contact, v_ship_to,
           v_owner, v_po, v_closed, v_contactless, v_without_po
      FROM unnest(p_id, p_version) WITH ORDINALITY AS w (id, version, ord)
      LEFT JOIN locked i ON i.id = w.id
      LEFT JOIN crm.account a ON a.tenant_id = v_tenant AND a.id = i.account_id
      LEFT JOIN tenant.entity e ON e.tenant_id = v_tenant AND e.id = i.entity_id
      LEFT JOIN crm.location l ON l.tenant_id = v_tenant AND l.id = i.location_id
      LEFT JOIN LATERAL billing.recipient(i.account_id, i.contact_id) c ON true;
    IF v_absent THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    ELSIF v_state IS NOT NULL THEN
        PERFORM base.raise('ZBSTA', format('The invoice is %s already.', v_state), '/status', 'wrong_state');
    ELSIF v_changed THEN
        PERFORM base.raise('ZB412', 'The draft has changed since it was read.');
    ELSIF v_closed IS NOT NULL THEN
        PERFORM base.raise('ZBCLO', format('The account %s is closed.', v_closed));
    ELSIF v_contactless IS NOT NULL THEN
        PERFORM base.raise('ZBCON', format('The account %s has no contact with the role billing.', v_contactless));
    ELSIF v_without_po IS NOT NULL THEN
        PERFORM base.raise('ZB422', format('The account %s requires a purchase order number.', v_without_po),
            '/po_number', 'required');
    END IF;

    IF cardinality(l_entry) > 0 THEN
        PERFORM ledger.post(p_entry, v_entity, array_fill('invoice'::text, ARRAY[n]), p_id,
            array_fill('finalized'::text, ARRAY[n]), p_issue, array_fill(NULL::text, ARRAY[n]), l_entry, l_account,
            l_customer, l_debit, l_credit, l_currency, l_base_debit, l_base_credit);
    END IF;
    PERFORM billing.final_follow(p_id, v_account, v_owner, v_deal, p_status, p_expired);

    WITH final AS (
        UPDATE billing.invoice i
           SET number = w.number, series_id = w.series_id, series_period = w.period, series_no = w.no,
               finalized_at = clock_timestamp(), status = w.status, issue_date = w.issue, due_date = w.due,
               payment_terms = w.terms, subtotal = w.subtotal, discount_total = w.discount, net_total = w.net,
               tax_total = w.tax, total = w.total, rounding = w.rounding, payable = w.payable,
               paid = w.paid, exchange_rate = w.exchange_rate, seller = w.seller, payer = w.payer, contact = w.contact,
               ship_to = w.ship_to, owner_id = w.owner, po_number = w.po
          FROM (SELECT u.*, n.series_id, n.period, n.no, n.number
                  FROM billing.series_take(v_entity, v_kind, p_issue) n
                  JOIN (SELECT unnest(p_id) AS id, unnest(p_status) AS status, unnest(p_issue) AS issue, unnest(p_due) AS due,
                       unnest(p_terms) AS terms, unnest(p_subtotal) AS subtotal, unnest(p_discount) AS discount,
                       unnest(p_net) AS net, unnest(p_tax) AS tax, unnest(p_total) AS total,
                       unnest(p_rounding) AS rounding, unnest(p_payable) AS payable, unnest(p_paid) AS paid,
                       unnest(p_exchange_rate) AS exchange_rate, unnest(v_seller) AS seller, unnest(v_payer) AS payer,
                       unnest(v_contact) AS contact, unnest(v_ship_to) AS ship_to, unnest(v_owner) AS owner,
                       unnest(v_po) AS po,
                       generate_subscripts(p_id, 1) AS ord) u ON u.ord = n.ord) w
         WHERE i.tenant_id = v_tenant AND i.id = w.id
        RETURNING i AS invoice)
    SELECT array_agg(f.invoice ORDER BY w.ord) INTO v_final
      FROM unnest(p_id) WITH ORDINALITY AS w (id, ord) JOIN final f ON (f.invoice).id = w.id;
    PERFORM billing.final_tell(v_final, '{}');
END
$$;

GRANT EXECUTE ON FUNCTION billing.finalize(uuid[], bigint[], date[], date[], integer[], bigint[], bigint[], bigint[],
    bigint[], bigint[], bigint[], bigint[], bigint[], text[], numeric[], boolean[], uuid[], uuid[], text[], uuid[], bigint[],
    bigint[], text[], bigint[], bigint[]) TO billfold_api, billfold_invoiced;
