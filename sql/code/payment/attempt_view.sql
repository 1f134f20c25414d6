-- payment.attempt_view: an attempt as the API shows it.
CREATE VIEW payment.attempt_view WITH (security_invoker = true) AS
SELECT
    a.tenant_id, a.id, a.version, a.created_at, a.updated_at, a.archived_at,
    a.invoice_id, a.account_id, a.method_id, a.processor, a.processor_id, a.amount, a.currency, a.source, a.state,
    a.decline_class, a.decline_code, a.processor_ref, a.sent_at, a.resolved_at
FROM payment.attempt a;

GRANT SELECT ON payment.attempt_view TO billfold_program;
