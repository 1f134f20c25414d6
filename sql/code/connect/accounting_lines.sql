-- connect.accounting_lines(batch): the journal lines of a batch, in the order of entries and positions. Where no rate to
-- the base currency is known, the amount itself stands there if it is in that currency, else nothing.
CREATE FUNCTION connect.accounting_lines(p_batch uuid) RETURNS TABLE (entry_id uuid, document_kind text, document_id uuid,
    document_number text, entry_date date, account_code text, account_name text, customer text, memo text,
    debit bigint, credit bigint, currency text, exponent smallint, base_debit bigint, base_credit bigint)
LANGUAGE sql STABLE SET plan_cache_mode = force_custom_plan AS $$
    SELECT e.id, e.document_kind, e.document_id, i.number, e.entry_date, l.account_code, c.name, a.account_name,
           coalesce(e.memo, e.event), l.debit, l.credit, l.currency, u.exponent,
           coalesce(l.base_debit, CASE WHEN l.currency = n.base_currency THEN l.debit END),
           coalesce(l.base_credit, CASE WHEN l.currency = n.base_currency THEN l.credit END)
      FROM connect.accounting_entry x
      JOIN ledger.entry e ON e.tenant_id = x.tenant_id AND e.id = x.entry_id
      JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id
      JOIN tenant.entity n ON n.tenant_id = e.tenant_id AND n.id = e.entity_id
      JOIN base.currency u ON u.code = l.currency
      LEFT JOIN ledger.chart_account c ON c.code = l.account_code
      LEFT JOIN billing.invoice i ON i.tenant_id = e.tenant_id AND i.id = e.document_id AND e.document_kind = 'invoice'
      LEFT JOIN crm.account a ON a.tenant_id = e.tenant_id AND a.id = l.customer_account_id
     WHERE x.tenant_id = base.tenant_id() AND x.batch_id = p_batch
     ORDER BY e.id, l.position
$$;

GRANT EXECUTE ON FUNCTION connect.accounting_lines(uuid) TO billfold_syncd;
