-- payment.payment_view: a payment as the API shows it, with what it paid.
CREATE VIEW payment.payment_view WITH (security_invoker = true) AS
SELECT
    p.tenant_id, p.id, p.version, p.created_at, p.updated_at, p.archived_at,
    p.account_id, p.entity_id, p.kind, p.amount, p.unapplied, p.refunded, p.charged_back, p.currency, p.received_on, p.reference, p.notes,
    p.attempt_id, p.invoice_id, p.exchange_rate, p.method_type,
    (SELECT coalesce(json_agg(json_build_object('id', a.id, 'invoice_id', a.invoice_id, 'number', i.number,
                'amount', a.amount, 'applied_on', a.applied_on, 'refund_id', a.refund_id, 'dispute_id', a.dispute_id,
                'credit_id', a.credit_id, 'released', a.released)
                ORDER BY a.applied_on, a.amount < 0, i.due_date, i.number), '[]')
       FROM payment.allocation a
       JOIN billing.invoice i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
      WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id) AS allocations,
    (SELECT coalesce(json_agg(json_build_object('kind', f.kind, 'amount', f.amount, 'currency', f.currency,
                'base_amount', f.base_amount, 'booked_on', f.booked_on) ORDER BY f.id), '[]')
       FROM payment.fee f WHERE f.tenant_id = p.tenant_id AND f.payment_id = p.id) AS fees,
    (SELECT coalesce(json_agg(json_build_object('kind', c.kind, 'amount', c.amount, 'settled', c.settled, 'settled_currency', c.currency,
                'base_amount', c.base_amount, 'booked_on', c.booked_on) ORDER BY c.id), '[]')
       FROM payment.conversion c WHERE c.tenant_id = p.tenant_id AND c.payment_id = p.id) AS conversions
FROM payment.payment p;

GRANT SELECT ON payment.payment_view TO billfold_program;
