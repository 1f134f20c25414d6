-- payment.refund_view: a refund as the API shows it.
CREATE VIEW payment.refund_view WITH (security_invoker = true) AS
SELECT
    r.tenant_id, r.id, r.version, r.created_at, r.updated_at, r.archived_at,
    r.payment_id, r.account_id, r.invoice_id, r.amount, r.currency, r.reason, r.processor, r.processor_id, r.state,
    r.failure_code, r.processor_ref, r.sent_at, r.succeeded_at, r.failed_at
FROM payment.refund r;

GRANT SELECT ON payment.refund_view TO billfold_program;
