-- crm.deal_view: a deal as the API shows it, with its lines and the documents that came of it.
CREATE VIEW crm.deal_view WITH (security_invoker = true) AS
SELECT
    d.tenant_id, d.id, d.version, d.created_at, d.updated_at, d.archived_at,
    d.name, d.name_norm, d.account_id, d.contact_id, d.location_id, d.pipeline_id, d.stage_id, d.owner_id,
    d.currency, d.amount, d.discount_percent, d.engaged_on, d.expected_close_date,
    d.closed_on, d.supply_date, d.po_number, d.notes, d.state, d.won_at, d.lost_reason, d.billing_status,
    d.position, d.stage_entered_at, d.custom,
    (SELECT coalesce(json_agg(row_to_json(l) ORDER BY l.position, l.id), '[]')
       FROM (SELECT 'deal_line' AS object, k.id, k.position, k.product_id, k.description,
                    trim_scale(k.quantity)::text AS quantity, trim_scale(k.unit_price)::text AS unit_price,
                    trim_scale(k.base_quantity)::text AS base_quantity, k.unit,
                    trim_scale(k.discount_percent)::text AS discount_percent, k.tax_category, k.recurring
               FROM crm.deal_line k
              WHERE k.tenant_id = d.tenant_id AND k.deal_id = d.id) l) AS lines,
    (SELECT coalesce(json_agg(i.id ORDER BY i.id), '[]') FROM billing.invoice i
      WHERE i.tenant_id = d.tenant_id AND i.deal_id = d.id) AS invoices,
    (SELECT coalesce(json_agg(s.id ORDER BY s.id), '[]') FROM billing.subscription s
      WHERE s.tenant_id = d.tenant_id AND s.deal_id = d.id) AS subscriptions
FROM crm.deal d;

GRANT SELECT ON crm.deal_view TO billfold_program;
