-- billing.links(document): the documents that correct it or that it corrects, by what each is to it. Not part of the statement that asks:
-- few documents have any.
CREATE FUNCTION billing.links(p_id uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object('relation', k.relation, 'invoice_id', o.id, 'kind', o.kind, 'number', o.number,
                   'status', o.status, 'total', o.total) ORDER BY o.id), '[]')
          FROM (SELECT x.to_id AS other, x.relation FROM billing.invoice_link x
                 WHERE x.tenant_id = base.tenant_id() AND x.from_id = p_id
                UNION ALL
                SELECT x.from_id, CASE x.relation WHEN 'credits' THEN 'credited_by' WHEN 'debits' THEN 'debited_by'
                       WHEN 'replaces' THEN 'replaced_by' WHEN 'converts' THEN 'converted_by' WHEN 'deducts' THEN 'deducted_by'
                       ELSE 'reminded_by' END
                  FROM billing.invoice_link x WHERE x.tenant_id = base.tenant_id() AND x.to_id = p_id) k
          JOIN billing.invoice o ON o.tenant_id = base.tenant_id() AND o.id = k.other);
END
$$;

GRANT EXECUTE ON FUNCTION billing.links(uuid) TO billfold_program;
