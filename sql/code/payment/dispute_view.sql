-- payment.dispute_view: a dispute as the API shows it.
CREATE VIEW payment.dispute_view WITH (security_invoker = true) AS
SELECT
    d.tenant_id, d.id, d.version, d.created_at, d.updated_at, d.archived_at,
    d.payment_id, d.account_id, d.invoice_id, d.processor, d.processor_id, d.processor_ref, d.amount, d.currency, d.reason,
    d.state, d.withdrawn, d.taken, d.closed_at
FROM payment.dispute d;

GRANT SELECT ON payment.dispute_view TO billfold_program;
