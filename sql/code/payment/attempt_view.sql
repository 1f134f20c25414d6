-- payment.attempt_view: an attempt as the API shows it, with what it cost where it came to nothing.
CREATE VIEW payment.attempt_view WITH (security_invoker = true) AS
SELECT
    a.tenant_id, a.id, a.version, a.created_at, a.updated_at, a.archived_at,
    a.invoice_id, a.account_id, a.method_id, a.processor, a.processor_id, a.amount, a.currency, a.source, a.state,
    a.decline_class, a.decline_code, a.processor_ref, a.sent_at, a.processing_at, a.resolved_at,
    (SELECT coalesce(json_agg(json_build_object('kind', f.kind, 'amount', f.amount, 'currency', f.currency,
                'base_amount', f.base_amount, 'booked_on', f.booked_on) ORDER BY f.id), '[]')
       FROM payment.fee f WHERE f.tenant_id = a.tenant_id AND f.attempt_id = a.id) AS fees
FROM payment.attempt a;

GRANT SELECT ON payment.attempt_view TO billfold_program;
