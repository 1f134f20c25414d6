-- ledger.reverse(documents, event, reversing event, date): the entries of these documents with sides
-- changed, dated today's day of the reversal: exactly what was booked, in both currencies. Each entry is looked up by its key, also
-- where the journal has just been filled and has no statistics: as a join all of it was read for each document.
CREATE FUNCTION ledger.reverse(p_documents uuid[], p_event text, p_reversing text, p_date date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_old uuid[];
    v_new uuid[];
BEGIN
    SELECT array_agg(e.id ORDER BY e.id), array_agg(base.new_id()) INTO v_old, v_new
      FROM ledger.entry e
     WHERE e.tenant_id = base.tenant_id() AND e.document_id = ANY (p_documents) AND e.event = p_event;
    INSERT INTO ledger.entry (id, entity_id, document_kind, document_id, event, entry_date, memo)
    SELECT m.fresh, e.entity_id, e.document_kind, e.document_id, p_reversing, p_date, e.memo
      FROM unnest(v_old, v_new) AS m (old, fresh)
     CROSS JOIN LATERAL (SELECT * FROM ledger.entry x WHERE x.tenant_id = base.tenant_id() AND x.id = m.old OFFSET 0) e;
    INSERT INTO ledger.line (entry_id, position, account_code, customer_account_id, debit, credit, currency,
                             base_debit, base_credit)
    SELECT m.fresh, l.position, l.account_code, l.customer_account_id, l.credit, l.debit, l.currency,
           l.base_credit, l.base_debit
      FROM unnest(v_old, v_new) AS m (old, fresh)
     CROSS JOIN LATERAL (SELECT * FROM ledger.line x WHERE x.tenant_id = base.tenant_id() AND x.entry_id = m.old OFFSET 0) l;
END
$$;

GRANT EXECUTE ON FUNCTION ledger.reverse(uuid[], text, text, date) TO billfold_program;
