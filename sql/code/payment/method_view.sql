-- payment.method_view: a kept method as the API shows it: everything but its token.
-- requires: base.instant
CREATE VIEW payment.method_view WITH (security_invoker = true) AS
SELECT
    m.tenant_id, m.id, m.version, m.created_at, m.updated_at, m.archived_at,
    m.account_id, m.processor, m.processor_id, m.label, m.brand, m.last4, m.exp_month, m.exp_year, m.off_session, m.consent_at, m.is_default, m.state,
    -- Each member where it is known, and none where there is no mandate.
    CASE WHEN m.mandate IS NOT NULL THEN json_build_object('scheme', m.mandate ->> 'scheme', 'reference', m.mandate ->> 'reference',
        'url', m.mandate ->> 'url', 'status', m.mandate ->> 'status', 'accepted_at', base.instant(to_timestamp((m.mandate ->> 'accepted_at')::bigint))) END AS mandate,
    (SELECT json_build_object('words', c.words, 'address', c.address, 'given_at', c.given_at) FROM payment.consent c
      WHERE c.tenant_id = m.tenant_id AND c.method_id = m.id) AS consent
FROM payment.method m;

GRANT SELECT ON payment.method_view TO billfold_program;
