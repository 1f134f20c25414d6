-- ledger.revaluation_view: a revaluation as the API shows it.
CREATE VIEW ledger.revaluation_view WITH (security_invoker = true) AS
SELECT r.tenant_id, r.id, r.version, r.created_at, r.updated_at, r.archived_at,
       r.entity_id, r.revalued_on, r.include_bank, e.base_currency AS currency, r.difference, r.currencies
  FROM ledger.revaluation r
  JOIN tenant.entity e ON e.tenant_id = r.tenant_id AND e.id = r.entity_id;

GRANT SELECT ON ledger.revaluation_view TO billfold_program;
