-- payment.hosted(token_hash): what the page behind a pay link shows: that invoice and nothing else. No row: no such link.
-- attempts counts the tries so far: a form made for one state of affairs is of no use in the next.
-- requires: document.pay_link_find, billing.invoice_document
CREATE OR REPLACE FUNCTION payment.hosted(p_token_hash text)
RETURNS TABLE (invoice_id uuid, document json, status text, amount_due bigint, attempt_state text, attempts bigint,
    sandbox boolean, disputed boolean)
LANGUAGE sql STABLE AS $$
    SELECT i.id, b.document, i.status, i.amount_due, a.state, coalesce(a.n, 0), t.sandbox,
           i.dispute_status = 'disputed'
      FROM billing.invoice i
      JOIN tenant.tenant t ON t.tenant_id = i.tenant_id AND t.id = i.tenant_id
      CROSS JOIN LATERAL billing.invoice_document(i.id) b
      LEFT JOIN LATERAL (SELECT x.state, count(*) OVER () AS n FROM payment.attempt x
            WHERE x.tenant_id = i.tenant_id AND x.invoice_id = i.id ORDER BY x.id DESC LIMIT 1) a ON true
     WHERE i.tenant_id = base.tenant_id() AND i.id = document.pay_link_find(p_token_hash) AND i.number IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION payment.hosted(text) TO billfold_api;
