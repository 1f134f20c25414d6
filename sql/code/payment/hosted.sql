-- payment.hosted(token_hash): what the page behind a pay link shows: that invoice and nothing else. No row: no such link.
-- attempts counts the tries so far: a form made for one state of affairs is of no use in the next. takes is the kind of processor
-- that the payer would pay by, NULL for none; received, what has come in; page_url, where they have begun to pay; processing,
-- that their bank has it.
-- requires: document.pay_link_find, billing.invoice_document, connect.processor_for
CREATE OR REPLACE FUNCTION payment.hosted(p_token_hash text)
RETURNS TABLE (invoice_id uuid, document json, status text, amount_due bigint, disputed boolean, overdue boolean,
    attempt_state text, decline_class text, attempts bigint, takes text, received json, page_url text,
    setup_state text, setup_url text, setups bigint, processing boolean)
LANGUAGE sql STABLE AS $$
    SELECT i.id, b.document, i.status, i.amount_due, i.dispute_status = 'disputed',
           i.amount_due > 0 AND i.status IN ('open', 'partially_paid')
               AND i.due_date < base.business_today(coalesce(i.payer ->> 'time_zone', i.seller ->> 'time_zone')),
           a.state, a.decline_class, coalesce(a.n, 0),
           (SELECT p.kind FROM connect.processor_for(i.account_id, i.entity_id) p),
           (SELECT json_agg(json_build_object('date', l.applied_on, 'kind', p.kind, 'amount', l.amount)
                   ORDER BY l.applied_on, l.id)
              FROM payment.allocation l
              JOIN payment.payment p ON p.tenant_id = l.tenant_id AND p.id = l.payment_id
             WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id),
           a.page_url, s.state, s.page_url, coalesce(s.n, 0), i.amount_processing > 0
      FROM billing.invoice i
      CROSS JOIN LATERAL billing.invoice_document(i.id) b
      LEFT JOIN LATERAL (SELECT x.state, x.decline_class, x.page_url, count(*) OVER () AS n FROM payment.attempt x
            WHERE x.tenant_id = i.tenant_id AND x.invoice_id = i.id ORDER BY x.id DESC LIMIT 1) a ON true
      LEFT JOIN LATERAL (SELECT x.state, x.page_url, count(*) OVER () AS n FROM payment.setup x
            WHERE x.tenant_id = i.tenant_id AND x.invoice_id = i.id ORDER BY x.id DESC LIMIT 1) s ON true
     WHERE i.tenant_id = base.tenant_id() AND i.id = document.pay_link_find(p_token_hash) AND i.number IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION payment.hosted(text) TO billfold_api;
