-- report.statement_paper(account, from, to, children): an account's statement as it is printed: that of report.account_statement, the payer, and with
-- each balance its seller, logo and language. An account of which nothing is booked has one of nothing, by the seller that it
-- buys from. Raises as that does.
-- requires: report.account_statement
CREATE FUNCTION report.statement_paper(p_account uuid, p_from date, p_to date, p_children boolean) RETURNS TABLE (paper json)
LANGUAGE sql STABLE AS $$
    WITH s AS (SELECT x.statement FROM report.account_statement(p_account, p_from, p_to, p_children) x),
    a AS (SELECT k.*, t.default_entity_id, t.locale AS tenant_locale
            FROM crm.account k
            JOIN tenant.tenant t ON t.tenant_id = k.tenant_id AND t.id = k.tenant_id
           WHERE k.tenant_id = base.tenant_id() AND k.id = p_account),
    b AS (
        SELECT x.body::jsonb AS body, x.n FROM s, json_array_elements(s.statement -> 'balances') WITH ORDINALITY AS x (body, n)
        UNION ALL
        SELECT jsonb_build_object('entity_id', e.id, 'currency', coalesce(a.currency, e.base_currency), 'opening', 0, 'closing', 0), 0
          FROM s, a JOIN tenant.entity e ON e.tenant_id = a.tenant_id AND e.id = coalesce(a.entity_id, a.default_entity_id)
         WHERE json_array_length(s.statement -> 'balances') = 0)
    SELECT json_build_object('from', s.statement -> 'from', 'to', s.statement -> 'to',
        'payer', json_build_object('name', a.account_name, 'legal_name', a.legal_name, 'address', a.invoice_address, 'tax_id', a.tax_id),
        'balances', (SELECT json_agg(b.body || jsonb_build_object('exponent', u.exponent, 'locale', coalesce(a.locale, e.locale, a.tenant_locale),
                'seller', jsonb_build_object('name', e.name, 'legal_name', e.legal_name, 'address', e.address, 'email', e.email,
                    'phone', e.phone, 'tax_id', e.tax_id, 'registration_number', e.registration_number, 'bank_accounts', e.bank_accounts),
                'logo_sha256', (SELECT f.sha256 FROM document.file f WHERE f.tenant_id = e.tenant_id AND f.kind = 'logo'
                    AND f.id = e.logo_file_id AND f.media_type = 'image/png')) ORDER BY b.n)
              FROM b
              JOIN tenant.entity e ON e.tenant_id = base.tenant_id() AND e.id = (b.body ->> 'entity_id')::uuid
              JOIN base.currency u ON u.code = b.body ->> 'currency'))
      FROM s LEFT JOIN a ON true
$$;

GRANT EXECUTE ON FUNCTION report.statement_paper(uuid, date, date, boolean) TO billfold_api;
