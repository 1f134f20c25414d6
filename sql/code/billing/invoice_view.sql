-- billing.invoice_view: an invoice as the API shows it. A final document shows its snapshots; a draft reads payer,
-- contact, terms and the like through from its account, seller and location: one outer join each, by the key, so that a statement
-- that names none of their columns has no join, and for a final document the key is NULL and nothing is
-- looked up. What has many rows is a scalar sub-select. Each further sub-select costs every reader the start of a plan: what few
-- documents have is a function that is called for those.
-- requires: base.instant, billing.line_left, billing.links, billing.content_digest, billing.is_overdue, billing.recipient, billing.tax_profile, billing.seller_snapshot
-- requires: billing.payer_snapshot, billing.contact_snapshot, billing.ship_to_snapshot
CREATE VIEW billing.invoice_view WITH (security_invoker = true) AS
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
    (SELECT coalesce(json_agg(json_build_object('object', 'invoice_line', 'id', l.id, 'account_id', l.account_id,
                'product_id', l.product_id, 'description', l.description, 'quantity', trim_scale(l.quantity)::text,
                'unit_price', trim_scale(l.unit_price)::text, 'base_quantity', trim_scale(l.base_quantity)::text,
                'unit', l.unit, 'discount_percent', trim_scale(l.discount_percent)::text,
                'tax_category', l.tax_category, 'tax_rate', trim_scale(l.tax_rate)::text, 'amount', l.amount,
                'discount', l.discount, 'net', l.net, 'tax', l.tax, 'deal_line_id', l.deal_line_id,
                'original_invoice_id', l.original_invoice_id, 'original_line_id', l.original_line_id,
                'original_quantity', trim_scale(l.original_quantity)::text, 'project', l.project,
                'discount_reason', l.discount_reason, 'period_start', l.period_start, 'period_end', l.period_end,
                'subscription_item_id', l.subscription_item_id)
                ORDER BY l.position), '[]')
       FROM billing.invoice_line l WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id) AS lines,
    (SELECT coalesce(json_agg(json_build_object('category', x.category, 'rate', trim_scale(x.rate)::text,
                'name', x.name, 'base', x.base, 'tax', x.tax) ORDER BY x.category, x.rate), '[]')
       FROM billing.invoice_tax x WHERE x.tenant_id = i.tenant_id AND x.invoice_id = i.id) AS taxes,
    CASE WHEN i.number IS NOT NULL AND i.payable > 0 THEN
        (SELECT coalesce(json_agg(json_build_object('line_id', l.id, 'net', k.net, 'tax', k.tax, 'amount', k.net + k.tax)
                    ORDER BY l.position), '[]')
           FROM billing.invoice_line l
           JOIN billing.line_left(i.id) k ON k.line_id = l.id
          WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id AND (k.net, k.tax) <> (0, 0))
        ELSE '[]' END AS creditable,
    CASE WHEN EXISTS (SELECT FROM billing.invoice_link x WHERE x.tenant_id = i.tenant_id AND x.from_id = i.id)
           OR EXISTS (SELECT FROM billing.invoice_link x WHERE x.tenant_id = i.tenant_id AND x.to_id = i.id)
        THEN billing.links(i.id) ELSE '[]' END AS links,
    (SELECT coalesce(json_agg(json_build_object('actor', p.actor, 'actor_id', p.actor_id, 'approved_at', base.instant(p.approved_at),
                'holds', CASE WHEN i.number IS NULL THEN p.digest = billing.content_digest(i.id) END) ORDER BY p.approved_at, p.id), '[]')
       FROM billing.invoice_approval p WHERE p.tenant_id = i.tenant_id AND p.invoice_id = i.id) AS approvals
FROM billing.invoice i
LEFT JOIN crm.account a ON a.tenant_id = i.tenant_id AND a.id = CASE WHEN i.number IS NULL THEN i.account_id END
LEFT JOIN tenant.entity e ON e.tenant_id = i.tenant_id AND e.id = CASE WHEN i.number IS NULL THEN i.entity_id END
LEFT JOIN crm.location l ON l.tenant_id = i.tenant_id AND l.id = CASE WHEN i.number IS NULL THEN i.location_id END;

GRANT SELECT ON billing.invoice_view TO billfold_program;
