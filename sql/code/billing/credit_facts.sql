-- billing.credit_facts(documents): what giving back of these is decided on: each as it was billed, with what final documents have
-- given back of each line, and what is left of its cash rounding. Of none, which is what most drafts give back of, nothing is begun.
-- requires: billing.line_credits
CREATE FUNCTION billing.credit_facts(p_ids uuid[]) RETURNS TABLE (id uuid, facts json)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF cardinality(p_ids) > 0 THEN
        RETURN QUERY
        SELECT o.id, json_build_object(
            'id', o.id, 'kind', o.kind, 'status', o.status, 'number', o.number, 'account_id', o.account_id,
            'entity_id', o.entity_id, 'currency', o.currency, 'exponent', o.exponent, 'issue_date', o.issue_date,
            'tax_inclusive', o.tax_inclusive, 'exchange_rate', o.exchange_rate::text, 'payable', o.payable, 'credited', o.credited, 'amount_due', o.amount_due,
            'rounding_left', o.rounding + coalesce((SELECT sum(c.rounding) FROM billing.invoice c
                 WHERE c.tenant_id = o.tenant_id AND c.original_invoice_id = o.id AND c.kind = 'credit'
                   AND c.number IS NOT NULL AND c.status <> 'void'), 0),
            'lines', (SELECT coalesce(json_agg(json_build_object('id', l.id, 'account_id', l.account_id, 'product_id', l.product_id,
                    'description', l.description, 'quantity', l.quantity::text, 'unit_price', l.unit_price::text,
                    'base_quantity', l.base_quantity::text, 'unit', l.unit, 'discount_percent', l.discount_percent::text,
                    'tax_category', l.tax_category, 'tax_rate', l.tax_rate::text, 'amount', l.amount, 'discount', l.discount,
                    'net', l.net, 'tax', l.tax, 'tax_name', x.name, 'project', l.project, 'credited_net', coalesce(k.net, 0),
                    'credited_tax', coalesce(k.tax, 0), 'credited_quantity', coalesce(k.quantity, 0)::text,
                    'by_quantity', coalesce(k.by_quantity, true)) ORDER BY l.position), '[]')
                  FROM billing.invoice_line l
                  LEFT JOIN billing.line_credits(o.id) k ON k.line_id = l.id
                  LEFT JOIN billing.invoice_tax x ON x.tenant_id = l.tenant_id AND x.invoice_id = l.invoice_id
                       AND x.category = l.tax_category AND x.rate = l.tax_rate
                 WHERE l.tenant_id = o.tenant_id AND l.invoice_id = o.id))
          FROM billing.invoice o
         WHERE o.tenant_id = base.tenant_id() AND o.id = ANY (p_ids);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.credit_facts(uuid[]) TO billfold_program;
