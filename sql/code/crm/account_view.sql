-- crm.account_view: an account as the API shows it. Members that look at other tables are scalar
-- sub-selects, so that a statement that does not name them does not pay for them.
-- requires: crm.account_balance, billing.is_overdue, billing.recipient
CREATE VIEW crm.account_view WITH (security_invoker = true) AS
SELECT
    a.tenant_id, a.id, a.version, a.created_at, a.updated_at, a.archived_at,
    a.account_name, a.legal_name, a.name_norm, a.legal_name_norm, a.email, a.email_norm, a.phone, a.website,
    a.sector, a.parent_id, a.bill_to, a.entity_id, a.owner_id, a.state, a.invoice_address, a.shipping_address,
    a.country, a.currency,
    coalesce(a.payment_terms, (SELECT e.payment_terms FROM tenant.tenant t JOIN tenant.entity e ON e.tenant_id = t.tenant_id
        AND e.id = coalesce(a.entity_id, t.default_entity_id) WHERE t.tenant_id = a.tenant_id)) AS payment_terms,
    a.billing_cycle, a.po_required, a.po_number, a.dunning_policy_id,
    a.tax_id, a.tax_id_norm, a.tax_category, a.exemption_reason, a.exemption_certificate, a.exemption_valid_to,
    a.service_tier, a.time_zone, a.locale, a.notes, a.custom,
    (SELECT json_build_object('id', c.id, 'name', c.name, 'email', c.email)
       FROM billing.recipient(a.id, NULL) c) AS billing_contact,
    json_build_object('tax_id', a.tax_id, 'category', a.tax_category,
        'exemption_reason', a.exemption_reason, 'exemption_certificate', a.exemption_certificate,
        'exemption_valid_to', a.exemption_valid_to) AS tax_settings,
    -- The gravest that applies.
    CASE WHEN EXISTS (SELECT FROM billing.invoice i WHERE i.tenant_id = a.tenant_id AND i.account_id = a.id
                         AND i.status IN ('open', 'partially_paid') AND billing.is_overdue(i)) THEN 'overdue'
         WHEN EXISTS (SELECT FROM billing.invoice i WHERE i.tenant_id = a.tenant_id AND i.account_id = a.id
                         AND i.status IN ('open', 'partially_paid')) THEN 'open'
         WHEN EXISTS (SELECT FROM billing.invoice i WHERE i.tenant_id = a.tenant_id AND i.account_id = a.id
                         AND i.status = 'paid') THEN 'paid'
         ELSE 'none' END AS payment_status,
    (SELECT coalesce(json_agg(b ORDER BY b.currency), '[]')
       FROM crm.account_balance(a.tenant_id, ARRAY[a.id]) b) AS balances,
    (SELECT coalesce(json_agg(i.id ORDER BY i.id DESC), '[]')
       FROM (SELECT v.id FROM billing.invoice v
              WHERE v.tenant_id = a.tenant_id AND v.account_id = a.id
              ORDER BY v.id DESC LIMIT 50) i) AS invoices,
    (SELECT count(*) FROM billing.invoice v
      WHERE v.tenant_id = a.tenant_id AND v.account_id = a.id) AS invoices_count,
    '/v1/invoices?account_id=' || a.id AS invoices_url
FROM crm.account a;

GRANT SELECT ON crm.account_view TO billfold_program;
