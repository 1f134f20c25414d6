-- tenant.entity_view: a seller as the API shows it.
-- requires: meta.external_ids
CREATE VIEW tenant.entity_view WITH (security_invoker = true) AS
SELECT
    e.tenant_id, e.id, e.version, e.created_at, e.updated_at, e.archived_at,
    e.name, e.name_norm, e.legal_name, e.address, e.country, e.email, e.phone, e.tax_id, e.registration_number,
    e.bank_accounts, e.logo_file_id, e.base_currency, e.time_zone, e.locale, e.payment_terms, e.invoice_footer,
    e.custom,
    meta.external_ids(e.tenant_id, 'entity', e.id) AS external_ids
FROM tenant.entity e;

GRANT SELECT ON tenant.entity_view TO billfold_program;
