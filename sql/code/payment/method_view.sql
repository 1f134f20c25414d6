-- payment.method_view: a kept method as the API shows it: everything but its token.
CREATE VIEW payment.method_view WITH (security_invoker = true) AS
SELECT
    m.tenant_id, m.id, m.version, m.created_at, m.updated_at, m.archived_at,
    m.account_id, m.processor, m.processor_id, m.label, m.off_session, m.consent_at, m.is_default, m.state
FROM payment.method m;

GRANT SELECT ON payment.method_view TO billfold_program;
