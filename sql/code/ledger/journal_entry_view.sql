-- ledger.journal_entry_view: an entry with its lines.
CREATE VIEW ledger.journal_entry_view WITH (security_invoker = true) AS
SELECT e.tenant_id, e.id, e.version, e.created_at, e.updated_at, e.archived_at,
       e.entity_id, e.document_kind, e.document_id, e.event, e.entry_date, e.memo,
       (SELECT coalesce(json_agg(json_build_object('account_code', l.account_code,
                   'customer_account_id', l.customer_account_id, 'debit', l.debit, 'credit', l.credit,
                   'currency', l.currency, 'base_debit', l.base_debit, 'base_credit', l.base_credit)
                   ORDER BY l.position), '[]')
          FROM ledger.line l WHERE l.tenant_id = e.tenant_id AND l.entry_id = e.id) AS lines
  FROM ledger.entry e;

GRANT SELECT ON ledger.journal_entry_view TO billfold_program;
