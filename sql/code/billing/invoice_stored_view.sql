-- billing.invoice_stored_view: what stands in a document's own rows: itself, its lines, its groups of tax. What a draft leaves to its
-- account, seller and location is NULL here, by the names that begin with own_. What has many rows is a scalar sub-select.
-- requires: billing.is_overdue
CREATE VIEW billing.invoice_stored_view WITH (security_invoker = true) AS
SELECT
    i.tenant_id, i.id, i.version, i.created_at, i.updated_at, i.archived_at,
    i.kind, i.status, i.account_id, i.entity_id, i.deal_id, i.subscription_id, i.period_start, i.period_end, i.original_invoice_id, i.reason, i.settle,
    i.location_id, i.contact_id, i.owner_id AS own_owner_id,
    i.origin, i.number, i.series_no, i.issue_date, i.due_date, i.supply_date, i.currency, i.exponent,
    i.exchange_rate, i.po_number AS own_po_number, i.payment_terms AS own_payment_terms, i.invoice_address AS own_invoice_address,
    i.tax_mode, i.tax_inclusive, i.discount_percent, i.discount_amount, i.cash_rounding,
    i.subtotal, i.discount_total, i.net_total, i.tax_total, i.total, i.rounding, i.payable, i.credited, i.paid,
    i.written_off, i.amount_due, i.amount_processing,
    i.seller AS own_seller, i.payer AS own_payer, i.ship_to AS own_ship_to, i.contact AS own_contact,
    i.finalized_at, i.sent_at, i.reminded_at, i.voided_at, i.rederived_at, i.delivery_status, i.dispute_status, i.notes, i.memo,
    i.custom,
    billing.is_overdue(i) AS overdue,
    CASE WHEN billing.is_overdue(i)
        THEN base.business_today(coalesce(i.payer ->> 'time_zone', i.seller ->> 'time_zone')) - i.due_date
        ELSE 0 END AS days_overdue,
    array_to_json(ARRAY(SELECT x FROM billing.invoice_line l
        CROSS JOIN LATERAL (SELECT 'invoice_line' AS object, l.id, l.account_id, l.product_id, l.description,
                trim_scale(l.quantity)::text AS quantity, trim_scale(l.unit_price)::text AS unit_price,
                trim_scale(l.base_quantity)::text AS base_quantity, l.unit,
                trim_scale(l.discount_percent)::text AS discount_percent, l.tax_category,
                trim_scale(l.tax_rate)::text AS tax_rate, l.amount, l.discount, l.net, l.tax, l.deal_line_id,
                l.original_invoice_id, l.original_line_id, trim_scale(l.original_quantity)::text AS original_quantity,
                l.project, l.discount_reason, l.period_start, l.period_end, l.subscription_item_id) x
        WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id ORDER BY l.position)) AS lines,
    array_to_json(ARRAY(SELECT g FROM billing.invoice_tax x
        CROSS JOIN LATERAL (SELECT x.category, trim_scale(x.rate)::text AS rate, x.name, x.base, x.tax) g
        WHERE x.tenant_id = i.tenant_id AND x.invoice_id = i.id ORDER BY x.category, x.rate)) AS taxes
FROM billing.invoice i;

GRANT SELECT ON billing.invoice_stored_view TO billfold_program;
