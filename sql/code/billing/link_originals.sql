-- billing.link_originals(draft): the documents that it names, itself or by its lines, are linked to it.
-- requires: billing.originals
CREATE FUNCTION billing.link_originals(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM billing.invoice_link k
     WHERE k.tenant_id = base.tenant_id() AND k.from_id = p_id AND k.relation IN ('credits', 'debits');
    INSERT INTO billing.invoice_link (from_id, to_id, relation)
    SELECT i.id, o.id, CASE i.kind WHEN 'debit' THEN 'debits' ELSE 'credits' END
      FROM billing.invoice i CROSS JOIN unnest(billing.originals(ARRAY[p_id])) AS o (id)
     WHERE i.tenant_id = base.tenant_id() AND i.id = p_id;
END
$$;

GRANT EXECUTE ON FUNCTION billing.link_originals(uuid) TO billfold_api, billfold_invoiced;
