-- billing.renewal_document(subscription): who tells whom in a mail about its renewal, as of today: seller and payer of its documents, language,
-- currency. No row: there is none.
-- requires: crm.payer
CREATE FUNCTION billing.renewal_document(p_id uuid) RETURNS TABLE (document json)
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('name', coalesce(s.name, p.name), 'currency', s.currency, 'exponent', y.exponent,
        'locale', coalesce(a.locale, e.locale, t.locale),
        'seller', jsonb_build_object('name', e.name, 'legal_name', e.legal_name, 'email', e.email, 'phone', e.phone),
        'payer', jsonb_build_object('name', a.account_name, 'legal_name', a.legal_name, 'email', a.email))
      FROM billing.subscription s
      JOIN tenant.tenant t ON t.tenant_id = s.tenant_id AND t.id = s.tenant_id
     CROSS JOIN LATERAL (SELECT crm.payer(s.account_id) AS id OFFSET 0) q
      JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = q.id
      LEFT JOIN tenant.entity e ON e.tenant_id = s.tenant_id AND e.id = s.entity_id
      LEFT JOIN catalog.plan p ON p.tenant_id = s.tenant_id AND p.id = s.plan_id
      LEFT JOIN base.currency y ON y.code = s.currency
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id
$$;

GRANT EXECUTE ON FUNCTION billing.renewal_document(uuid) TO billfold_program;
