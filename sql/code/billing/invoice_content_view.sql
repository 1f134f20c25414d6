-- billing.invoice_content_view: what an invoice says, and who is named on it. A final document shows its snapshots; a draft reads payer,
-- contact, terms and the like through from its account, seller and location: one outer join each, by the key, so that a statement
-- that names none of their columns has no join, and for a final document the key is NULL and nothing is
-- looked up. What has many rows is a scalar sub-select. What other documents and people add to it: billing.invoice_view.
-- requires: base.instant, billing.is_overdue, billing.recipient, billing.tax_profile, billing.seller_snapshot
-- requires: billing.payer_snapshot, billing.contact_snapshot, billing.ship_to_snapshot
CREATE VIEW billing.invoice_content_view WITH (security_invoker = true) AS
SELECT
    i.tenant_id, i.id, i.version, i.created_at, i.updated_at, i.archived_at,
    i.kind, i.status, i.account_id, i.entity_id, i.deal_id, i.subscription_id, i.period_start, i.period_end, i.original_invoice_id, i.reason, i.settle,
    i.location_id, i.contact_id,
    CASE WHEN i.number IS NULL THEN a.owner_id ELSE i.owner_id END AS owner_id,
    i.origin, i.number, i.series_no, i.issue_date, i.due_date, i.supply_date, i.currency, i.exponent,
    i.exchange_rate,
    coalesce(i.po_number, l.po_number, a.po_number) AS po_number,
    coalesce(i.payment_terms, a.payment_terms, e.payment_terms) AS payment_terms,
    CASE WHEN i.number IS NULL THEN coalesce(i.invoice_address, a.invoice_address)
        ELSE i.payer -> 'invoice_address' END AS invoice_address,
    i.tax_mode, i.tax_inclusive, i.discount_percent, i.discount_amount, i.cash_rounding,
    i.subtotal, i.discount_total, i.net_total, i.tax_total, i.total, i.rounding, i.payable, i.credited, i.paid,
    i.written_off, i.amount_due,
    coalesce(i.seller, billing.seller_snapshot(e)) AS seller,
    coalesce(i.payer, billing.payer_snapshot(a, i.invoice_address)) AS payer,
    CASE WHEN i.payer IS NULL THEN billing.tax_profile(a) ELSE i.payer -> 'tax_settings' END AS tax_settings,
    CASE WHEN l.id IS NOT NULL THEN billing.ship_to_snapshot(l) ELSE i.ship_to END AS ship_to,
    coalesce(i.contact, (SELECT billing.contact_snapshot(k) FROM billing.recipient(i.account_id, i.contact_id) k))
        AS billing_contact,
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
FROM billing.invoice i
LEFT JOIN crm.account a ON a.tenant_id = i.tenant_id AND a.id = CASE WHEN i.number IS NULL THEN i.account_id END
LEFT JOIN tenant.entity e ON e.tenant_id = i.tenant_id AND e.id = CASE WHEN i.number IS NULL THEN i.entity_id END
LEFT JOIN crm.location l ON l.tenant_id = i.tenant_id AND l.id = CASE WHEN i.number IS NULL THEN i.location_id END;

GRANT SELECT ON billing.invoice_content_view TO billfold_program;
