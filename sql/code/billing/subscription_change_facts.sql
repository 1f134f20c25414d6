-- billing.subscription_change_facts(subscription, day, …): what a change from a day on is decided on, besides the subscription itself: context, plan,
-- coupons and prices as of one that is made (billing.subscription_context), and what documents have billed for days from then
-- on, in their order, with what has been given back of it; what of both waits for its review. A line that was given back says so by its item and days;
-- other credits only lower what is left.
-- requires: billing.subscription_context, billing.line_credits
CREATE FUNCTION billing.subscription_change_facts(p_id uuid, p_day date, p_plan uuid, p_code text, p_version uuid, p_coupons text[],
    p_products uuid[], p_recurring text[])
RETURNS TABLE (context json, plan json, coupons json, prices json, billed json, given json)
LANGUAGE sql STABLE AS $$
    WITH line AS (
        SELECT l.*, d.number IS NULL AS waits, i.lineage, i.discount_percent AS item_discount, row_number() OVER (ORDER BY d.series_no NULLS LAST, d.id, l.position) - 1 AS n
          FROM billing.invoice d
          JOIN billing.invoice_line l ON l.tenant_id = d.tenant_id AND l.invoice_id = d.id
          JOIN billing.subscription_item i ON i.tenant_id = l.tenant_id AND i.subscription_id = p_id AND i.id = l.subscription_item_id
         WHERE d.tenant_id = base.tenant_id() AND d.subscription_id = p_id AND d.status <> 'void'
           AND NOT (d.payable > 0 AND d.credited >= d.payable) AND l.original_line_id IS NULL AND l.period_end > p_day)
    SELECT x.context, x.plan, x.coupons, x.prices,
           (SELECT json_agg(json_build_object('invoice_id', l.invoice_id, 'line_id', l.id, 'item_id', l.subscription_item_id, 'lineage', l.lineage,
                   'period_start', l.period_start, 'period_end', l.period_end, 'quantity', l.quantity::text, 'unit_price', l.unit_price::text,
                   'base_quantity', l.base_quantity::text, 'discount_percent', l.item_discount::text, 'net', l.net, 'tax', l.tax,
                   'waits', l.waits, 'description', l.description, 'unit', l.unit, 'tax_category', l.tax_category, 'tax_rate', l.tax_rate::text) ORDER BY l.n)
              FROM line l),
           (SELECT json_agg(json_build_object('line', l.n, 'waits', c.number IS NULL, 'change', g.subscription_item_id IS NOT NULL, 'period_start', coalesce(g.period_start, l.period_start),
                   'period_end', coalesce(g.period_end, l.period_end), 'units', (-g.quantity)::text, 'net', -g.net, 'tax', -g.tax) ORDER BY c.series_no NULLS LAST, c.id, g.position)
              FROM line l
              JOIN billing.invoice_line g ON g.tenant_id = l.tenant_id AND g.original_invoice_id = l.invoice_id AND g.original_line_id = l.id
              JOIN billing.invoice c ON c.tenant_id = g.tenant_id AND c.id = g.invoice_id AND c.status <> 'void'
               AND (c.number IS NOT NULL OR g.subscription_item_id IS NOT NULL))
      FROM billing.subscription s
     CROSS JOIN LATERAL billing.subscription_context(s.account_id, s.entity_id, s.currency, s.location_id, p_plan, p_code, p_version,
         p_day, p_coupons, p_products || ARRAY(SELECT i.product_id FROM billing.subscription_item i WHERE i.tenant_id = s.tenant_id
             AND i.subscription_id = s.id AND i.product_id IS NOT NULL), p_recurring) x
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_change_facts(uuid, date, uuid, text, uuid, text[], uuid[], text[])
    TO billfold_api, billfold_invoiced;
