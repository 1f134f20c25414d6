-- billing.invoice_view: an invoice as the API shows it. A final document shows its snapshots; a draft reads payer,
-- contact, terms and the like through from its account. What looks at other tables is a scalar
-- sub-select, so that a statement that does not name it does not pay for it.
-- requires: billing.content_digest, billing.is_overdue, billing.recipient, billing.seller_snapshot, billing.payer_snapshot, billing.contact_snapshot, billing.ship_to_snapshot
CREATE VIEW billing.invoice_view WITH (security_invoker = true) AS
SELECT
    i.tenant_id, i.id, i.version, i.created_at, i.updated_at, i.archived_at,
    i.kind, i.status, i.account_id, i.entity_id, i.deal_id, i.subscription_id, i.location_id, i.contact_id,
    CASE WHEN i.number IS NULL THEN (SELECT a.owner_id FROM crm.account a
        WHERE a.tenant_id = i.tenant_id AND a.id = i.account_id) ELSE i.owner_id END AS owner_id,
    i.origin, i.number, i.series_no, i.issue_date, i.due_date, i.supply_date, i.currency, i.exponent,
    i.exchange_rate,
    CASE WHEN i.number IS NULL AND i.po_number IS NULL THEN coalesce(
        (SELECT l.po_number FROM crm.location l WHERE l.tenant_id = i.tenant_id AND l.id = i.location_id),
        (SELECT a.po_number FROM crm.account a WHERE a.tenant_id = i.tenant_id AND a.id = i.account_id))
        ELSE i.po_number END AS po_number,
    coalesce(i.payment_terms, (SELECT coalesce(a.payment_terms, e.payment_terms)
        FROM crm.account a, tenant.entity e WHERE a.tenant_id = i.tenant_id AND a.id = i.account_id
         AND e.tenant_id = i.tenant_id AND e.id = i.entity_id)) AS payment_terms,
    CASE WHEN i.number IS NULL THEN coalesce(i.invoice_address, (SELECT a.invoice_address FROM crm.account a
        WHERE a.tenant_id = i.tenant_id AND a.id = i.account_id)) ELSE i.payer -> 'invoice_address' END AS invoice_address,
    i.tax_mode, i.tax_inclusive, i.discount_percent, i.discount_amount, i.cash_rounding,
    i.subtotal, i.discount_total, i.net_total, i.tax_total, i.total, i.rounding, i.payable, i.credited, i.paid,
    i.written_off, i.amount_due,
    coalesce(i.seller, (SELECT billing.seller_snapshot(e) FROM tenant.entity e
        WHERE e.tenant_id = i.tenant_id AND e.id = i.entity_id)) AS seller,
    coalesce(i.payer, (SELECT billing.payer_snapshot(a, i.invoice_address) FROM crm.account a
        WHERE a.tenant_id = i.tenant_id AND a.id = i.account_id)) AS payer,
    coalesce(i.payer, (SELECT billing.payer_snapshot(a, i.invoice_address) FROM crm.account a
        WHERE a.tenant_id = i.tenant_id AND a.id = i.account_id)) -> 'tax_settings' AS tax_settings,
    CASE WHEN i.number IS NULL THEN (SELECT billing.ship_to_snapshot(l) FROM crm.location l
        WHERE l.tenant_id = i.tenant_id AND l.id = i.location_id) ELSE i.ship_to END AS ship_to,
    coalesce(i.contact, (SELECT billing.contact_snapshot(k) FROM billing.recipient(i.account_id, i.contact_id) k))
        AS billing_contact,
    i.finalized_at, i.sent_at, i.voided_at, i.rederived_at, i.delivery_status, i.dispute_status, i.notes, i.memo,
    i.custom,
    billing.is_overdue(i) AS overdue,
    CASE WHEN billing.is_overdue(i)
        THEN base.business_today(coalesce(i.payer ->> 'time_zone', i.seller ->> 'time_zone')) - i.due_date
        ELSE 0 END AS days_overdue,
    (SELECT coalesce(json_agg(json_build_object('object', 'invoice_line', 'id', l.id, 'account_id', l.account_id,
                'product_id', l.product_id, 'description', l.description, 'quantity', trim_scale(l.quantity)::text,
                'unit_price', trim_scale(l.unit_price)::text, 'base_quantity', trim_scale(l.base_quantity)::text,
                'unit', l.unit, 'discount_percent', trim_scale(l.discount_percent)::text,
                'tax_category', l.tax_category, 'tax_rate', trim_scale(l.tax_rate)::text, 'amount', l.amount,
                'discount', l.discount, 'net', l.net, 'tax', l.tax, 'deal_line_id', l.deal_line_id)
                ORDER BY l.position), '[]')
       FROM billing.invoice_line l WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id) AS lines,
    (SELECT coalesce(json_agg(json_build_object('category', x.category, 'rate', trim_scale(x.rate)::text,
                'name', x.name, 'base', x.base, 'tax', x.tax) ORDER BY x.category, x.rate), '[]')
       FROM billing.invoice_tax x WHERE x.tenant_id = i.tenant_id AND x.invoice_id = i.id) AS taxes,
    (SELECT coalesce(json_agg(json_build_object('actor', p.actor, 'actor_id', p.actor_id, 'approved_at', p.approved_at,
                'holds', CASE WHEN i.number IS NULL THEN p.digest = billing.content_digest(i.id) END) ORDER BY p.approved_at, p.id), '[]')
       FROM billing.invoice_approval p WHERE p.tenant_id = i.tenant_id AND p.invoice_id = i.id) AS approvals
FROM billing.invoice i;

GRANT SELECT ON billing.invoice_view TO billfold_program;
