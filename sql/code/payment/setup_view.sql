-- payment.setup_view: a method that is to be kept, as the API shows it.
CREATE VIEW payment.setup_view WITH (security_invoker = true) AS
SELECT
    s.tenant_id, s.id, s.version, s.created_at, s.updated_at, s.archived_at,
    s.account_id, s.invoice_id, s.processor, s.processor_id, s.source, s.state, s.failure_code, s.page_url AS url,
    c.words AS consent, c.address AS consent_address, c.given_at AS consent_at, c.method_id, s.resolved_at
FROM payment.setup s
JOIN payment.consent c ON c.tenant_id = s.tenant_id AND c.setup_id = s.id;

GRANT SELECT ON payment.setup_view TO billfold_api;
