-- crm.deal_offers(deal, said, products, intervals): what the catalogue says of the n-th product for a line of a deal: name, unit, tax
-- category, and the price in the deal's currency on its supply date, else today, where it has one. A new deal is NULL. said: the members that a request
-- names (account_id, currency, supply_date), which come before those that are stored. No row: no such product. A function in FROM.
-- requires: catalog.price_on
CREATE OR REPLACE FUNCTION crm.deal_offers(p_deal uuid, p_said jsonb, p_product uuid[], p_recurring text[])
RETURNS TABLE (n bigint, name text, unit text, tax_category text, archived boolean, currency text, unit_price text, base_quantity text,
    version bigint)
LANGUAGE sql STABLE AS $$
    SELECT w.n, p.name, p.unit, p.tax_category, p.archived_at IS NOT NULL, x.currency, trim_scale(k.unit_price)::text,
           trim_scale(k.base_quantity)::text, d.version
      FROM tenant.tenant t
      LEFT JOIN crm.deal d ON d.tenant_id = t.tenant_id AND d.id = p_deal
      LEFT JOIN crm.account a ON a.tenant_id = t.tenant_id
           AND a.id = CASE WHEN p_said ? 'account_id' THEN (p_said ->> 'account_id')::uuid ELSE d.account_id END
      LEFT JOIN tenant.entity e ON e.tenant_id = t.tenant_id AND e.id = coalesce(a.entity_id, t.default_entity_id)
     CROSS JOIN LATERAL (SELECT
           coalesce(CASE WHEN p_said ? 'currency' THEN p_said ->> 'currency' ELSE d.currency END, a.currency,
                    e.base_currency) AS currency,
           coalesce(CASE WHEN p_said ? 'supply_date' THEN (p_said ->> 'supply_date')::date ELSE d.supply_date END,
                    base.business_today(coalesce(a.time_zone, e.time_zone))) AS day OFFSET 0) x
     CROSS JOIN unnest(p_product, p_recurring) WITH ORDINALITY w (product, recurring, n)
     CROSS JOIN LATERAL (SELECT q.id, q.name, q.unit, q.tax_category, q.archived_at FROM catalog.product q
            WHERE q.tenant_id = t.tenant_id AND q.id = w.product OFFSET 0) p
      LEFT JOIN LATERAL catalog.price_on(p.id, x.currency, w.recurring, x.day) k ON true
     WHERE t.tenant_id = base.tenant_id() AND t.id = base.tenant_id()
$$;

GRANT EXECUTE ON FUNCTION crm.deal_offers(uuid, jsonb, uuid[], text[]) TO billfold_program;
