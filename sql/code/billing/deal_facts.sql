-- billing.deal_facts(deal): a won deal as its documents are made from: itself, its lines, which of its
-- documents exist, and what they are computed from. No row: no such deal, or none with an account.
-- requires: billing.draft_context
CREATE FUNCTION billing.deal_facts(p_deal uuid) RETURNS TABLE (facts json)
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'state', d.state, 'win_no', d.win_no, 'account_id', d.account_id, 'location_id', d.location_id,
        'discount_percent', d.discount_percent::text, 'supply_date', d.supply_date, 'po_number', d.po_number,
        'has_invoice', EXISTS (SELECT FROM billing.invoice i WHERE i.tenant_id = d.tenant_id
             AND i.origin = 'deal:' || d.id || ':one_off' AND i.status <> 'void'
             AND NOT (i.payable > 0 AND i.credited >= i.payable)),
        'has_subscription', EXISTS (SELECT FROM billing.subscription s WHERE s.tenant_id = d.tenant_id
             AND s.origin = 'deal:' || d.id || ':recurring' AND s.state <> 'cancelled'),
        'lines', (SELECT json_agg(json_build_object('deal_line_id', l.id, 'product_id', l.product_id,
                'description', l.description, 'quantity', l.quantity::text, 'unit_price', l.unit_price::text,
                'base_quantity', l.base_quantity::text, 'unit', l.unit, 'discount_percent', l.discount_percent::text,
                'tax_category', l.tax_category, 'recurring', l.recurring) ORDER BY l.position)
              FROM crm.deal_line l WHERE l.tenant_id = d.tenant_id AND l.deal_id = d.id),
        'context', c.context)
      FROM crm.deal d
     -- Apart from the call: a function that is handed a sub-select is not planned with the statement.
     CROSS JOIN LATERAL (SELECT ARRAY(SELECT l.product_id FROM crm.deal_line l WHERE l.tenant_id = d.tenant_id
         AND l.deal_id = d.id AND l.product_id IS NOT NULL) AS products) w
     CROSS JOIN LATERAL billing.draft_context(d.account_id, NULL, d.currency, d.location_id, NULL, NULL, w.products,
         d.supply_date, NULL) c
     WHERE d.tenant_id = base.tenant_id() AND d.id = p_deal
$$;

GRANT EXECUTE ON FUNCTION billing.deal_facts(uuid) TO billfold_program;
