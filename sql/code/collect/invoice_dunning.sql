-- collect.invoice_dunning(invoice): what was done to collect an invoice and whose it is, as the API shows it; NULL: no such
-- invoice. What is planned is C's to add.
-- requires: base.instant, collect.dunning_view, collect.next_step, collect.method_of, collect.policy_of
CREATE OR REPLACE FUNCTION collect.invoice_dunning(p_invoice uuid) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'object', 'invoice_dunning', 'invoice_id', i.id, 'dunning_id', d.id, 'state', coalesce(d.state, 'none'),
        'step', d.step,
        'next_action', n.action, 'next_action_at', base.instant(n.at),
        'owner_id', coalesce(d.owner_id, a.owner_id, p.collector_id, i.owner_id), 'policy_id', p.id,
        'awaits_method', coalesce(d.awaits_method, collect.method_of(i.account_id, false, NULL) IS NULL),
        'declines', coalesce(d.declines, 0), 'hold_reason', d.hold_reason,
        'attempts', (SELECT coalesce(json_agg(json_build_object('attempt_id', t.id, 'source', t.source, 'state', t.state,
                'decline_class', t.decline_class, 'decline_code', t.decline_code, 'amount', t.amount, 'currency', t.currency,
                'at', base.instant(t.business_at)) ORDER BY t.id), '[]')
            FROM payment.attempt t WHERE t.tenant_id = i.tenant_id AND t.invoice_id = i.id),
        'sent', (SELECT coalesce(json_agg(json_build_object('delivery_id', m.id, 'step', m.step, 'recipient', m.recipient,
                'state', m.state, 'at', base.instant(m.business_at), 'sent_at', base.instant(m.sent_at)) ORDER BY m.business_at, m.recipient, m.id), '[]')
            FROM document.delivery m WHERE m.tenant_id = i.tenant_id AND m.document_id = i.id
             AND m.template IN ('reminder', 'payment_failed')))
      FROM billing.invoice i
      JOIN crm.account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
      LEFT JOIN collect.dunning_view d ON d.tenant_id = i.tenant_id AND d.invoice_id = i.id
      LEFT JOIN collect.next_step(i.id) n ON true
      LEFT JOIN collect.policy p ON p.tenant_id = i.tenant_id AND p.id = collect.policy_of(i.id, i.account_id)
     WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice
$$;

GRANT EXECUTE ON FUNCTION collect.invoice_dunning(uuid) TO billfold_api;
