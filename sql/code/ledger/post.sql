-- ledger.post(entries, lines): journal entries with their lines, as sets. C has decided the lines; the
-- guards hold them to balance and open periods. l_entry names the entry that a line belongs to; where p_id is NULL there is
-- no entry. Base
-- amounts that are not given are those of the document where it is in the entity's base currency, else NULL: no rate is known.
CREATE FUNCTION ledger.post(p_id uuid[], p_entity uuid[], p_kind text[], p_document uuid[], p_event text[],
    p_date date[], p_memo text[], l_entry uuid[], l_account text[], l_customer uuid[], l_debit bigint[],
    l_credit bigint[], l_currency text[], l_base_debit bigint[], l_base_credit bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger.entry (id, entity_id, document_kind, document_id, event, entry_date, memo)
    SELECT * FROM (SELECT unnest(p_id) AS id, unnest(p_entity), unnest(p_kind), unnest(p_document), unnest(p_event), unnest(p_date),
        unnest(p_memo)) e WHERE e.id IS NOT NULL;
    INSERT INTO ledger.line (entry_id, position, account_code, customer_account_id, debit, credit, currency,
                             base_debit, base_credit)
    SELECT l.entry, (row_number() OVER (PARTITION BY l.entry ORDER BY l.ord))::integer, l.account, l.customer,
           l.debit, l.credit, l.currency,
           coalesce(l.base_debit, CASE WHEN s.base_currency = l.currency THEN l.debit END),
           coalesce(l.base_credit, CASE WHEN s.base_currency = l.currency THEN l.credit END)
      FROM (SELECT unnest(l_entry) AS entry, unnest(l_account) AS account, unnest(l_customer) AS customer, unnest(l_debit) AS debit,
                   unnest(l_credit) AS credit, unnest(l_currency) AS currency, unnest(l_base_debit) AS base_debit,
                   unnest(l_base_credit) AS base_credit, generate_subscripts(l_entry, 1) AS ord) l
      JOIN (SELECT unnest(p_id) AS id, unnest(p_entity) AS entity) e ON e.id = l.entry
      JOIN tenant.entity s ON s.tenant_id = base.tenant_id() AND s.id = e.entity;
END
$$;

GRANT EXECUTE ON FUNCTION ledger.post(uuid[], uuid[], text[], uuid[], text[], date[], text[], uuid[], text[],
    uuid[], bigint[], bigint[], text[], bigint[], bigint[]) TO billfold_program;
