-- billing.invoice_facts(invoices, products): documents with their lines and all that they are computed
-- from: what review, finalizing and re-deriving decide on. products: further ones whose prices are needed.
-- set: what chooses what is read: location_id, contact_id, invoice_address, supply_date, issue_date as they are about to be written, country:
-- one whose tax rates are needed too, and location_patches: what is about to be merged into locations' addresses, by their ids.
-- requires: billing.draft_context
CREATE FUNCTION billing.invoice_facts(p_ids uuid[], p_products uuid[], p_set jsonb)
RETURNS TABLE (id uuid, version bigint, facts json)
LANGUAGE sql STABLE AS $$
    SELECT i.id, i.version, json_build_object(
        'kind', i.kind, 'status', i.status, 'number', i.number, 'account_id', i.account_id,
        'entity_id', i.entity_id, 'deal_id', i.deal_id, 'location_id', i.location_id,
        'contact_id', i.contact_id, 'currency', i.currency, 'exponent', i.exponent,
        'issue_date', i.issue_date, 'due_date', i.due_date, 'supply_date', i.supply_date,
        'po_number', i.po_number, 'payment_terms', i.payment_terms, 'exchange_rate', i.exchange_rate::text,
        'tax_mode', i.tax_mode, 'tax_inclusive', i.tax_inclusive,
        'discount_percent', i.discount_percent::text, 'discount_amount', i.discount_amount,
        'cash_rounding', i.cash_rounding, 'subtotal', i.subtotal, 'discount_total', i.discount_total,
        'net_total', i.net_total, 'tax_total', i.tax_total, 'total', i.total, 'rounding', i.rounding,
        'payable', i.payable,
        'original_invoice_id', i.original_invoice_id, 'reason', i.reason, 'settle', i.settle,
        'lines', (SELECT json_agg(json_build_object('id', l.id, 'account_id', l.account_id,
                'product_id', l.product_id, 'description', l.description, 'quantity', l.quantity::text,
                'unit_price', l.unit_price::text, 'base_quantity', l.base_quantity::text, 'unit', l.unit,
                'discount_percent', l.discount_percent::text, 'tax_category_given', l.tax_category_given,
                'tax_rate_given', l.tax_rate_given::text, 'tax_category', l.tax_category,
                'tax_rate', l.tax_rate::text, 'amount', l.amount, 'discount', l.discount, 'discount_amount', l.discount_amount, 'net', l.net,
                'tax', l.tax, 'deal_line_id', l.deal_line_id,
                'original_invoice_id', l.original_invoice_id, 'original_line_id', l.original_line_id,
                'original_quantity', l.original_quantity::text, 'project', l.project, 'discount_reason', l.discount_reason,
                'period_start', l.period_start, 'period_end', l.period_end, 'subscription_item_id', l.subscription_item_id) ORDER BY l.position)
              FROM billing.invoice_line l WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id),
        'context', c.context)
      FROM billing.invoice i
     -- Apart from the call: a function that is handed a sub-select is not planned with the statement.
     CROSS JOIN LATERAL (SELECT p_products || ARRAY(SELECT l.product_id FROM billing.invoice_line l
         WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id AND l.product_id IS NOT NULL) AS products) w
     CROSS JOIN LATERAL billing.draft_context(i.account_id, i.entity_id, i.currency,
         CASE WHEN p_set ? 'location_id' THEN (p_set ->> 'location_id')::uuid ELSE i.location_id END,
         CASE WHEN p_set ? 'contact_id' THEN (p_set ->> 'contact_id')::uuid ELSE i.contact_id END,
         CASE WHEN NOT p_set ? 'invoice_address' THEN i.invoice_address
             WHEN jsonb_typeof(p_set -> 'invoice_address') = 'object'
             THEN jsonb_strip_nulls(coalesce(i.invoice_address, '{}') || (p_set -> 'invoice_address')) END,
         w.products,
         coalesce(CASE WHEN p_set ? 'supply_date' THEN (p_set ->> 'supply_date')::date ELSE i.supply_date END,
             CASE WHEN p_set ? 'issue_date' THEN (p_set ->> 'issue_date')::date ELSE i.issue_date END),
         p_set ->> 'country',
         p_set -> 'location_patches' -> i.location_id::text,
         NOT p_set ? 'location_id' OR (p_set ->> 'location_id')::uuid = i.location_id) c
     WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_ids)
$$;

GRANT EXECUTE ON FUNCTION billing.invoice_facts(uuid[], uuid[], jsonb) TO billfold_program;
