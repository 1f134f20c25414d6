-- billing.invoice_content_view: what an invoice says, and who is named on it. A final document shows its snapshots; a draft reads payer,
-- contact, terms and the like through from its account, seller and location: one outer join each, by the key, so that a statement
-- that names none of their columns has no join, and for a final document the key is NULL and nothing is
-- looked up. What other documents and people add to it: billing.invoice_view.
-- requires: base.instant, billing.invoice_stored_view, billing.recipient, billing.tax_profile, billing.seller_snapshot
-- requires: billing.payer_snapshot, billing.contact_snapshot, billing.ship_to_snapshot
CREATE VIEW billing.invoice_content_view WITH (security_invoker = true) AS
SELECT
    i.tenant_id, i.id, i.version, i.created_at, i.updated_at, i.archived_at,
    i.kind, i.status, i.account_id, i.entity_id, i.deal_id, i.subscription_id, i.period_start, i.period_end, i.original_invoice_id, i.reason, i.settle,
    i.location_id, i.contact_id,
    CASE WHEN i.number IS NULL THEN a.owner_id ELSE i.own_owner_id END AS owner_id,
    i.origin, i.number, i.series_no, i.issue_date, i.due_date, i.supply_date, i.currency, i.exponent,
    i.exchange_rate,
    coalesce(i.own_po_number, l.po_number, a.po_number) AS po_number,
    coalesce(i.own_payment_terms, a.payment_terms, e.payment_terms) AS payment_terms,
    CASE WHEN i.number IS NULL THEN coalesce(i.own_invoice_address, a.invoice_address)
        ELSE i.own_payer -> 'invoice_address' END AS invoice_address,
    i.tax_mode, i.tax_inclusive, i.discount_percent, i.discount_amount, i.cash_rounding,
    i.subtotal, i.discount_total, i.net_total, i.tax_total, i.total, i.rounding, i.payable, i.credited, i.paid,
    i.written_off, i.amount_due, i.amount_processing,
    coalesce(i.own_seller, billing.seller_snapshot(e)) AS seller,
    coalesce(i.own_payer, billing.payer_snapshot(a, i.own_invoice_address)) AS payer,
    CASE WHEN i.own_payer IS NULL THEN billing.tax_profile(a) ELSE i.own_payer -> 'tax_settings' END AS tax_settings,
    CASE WHEN l.id IS NOT NULL THEN billing.ship_to_snapshot(l) ELSE i.own_ship_to END AS ship_to,
    coalesce(i.own_contact, (SELECT billing.contact_snapshot(k) FROM billing.recipient(i.account_id, i.contact_id) k))
        AS billing_contact,
    i.finalized_at, i.sent_at, i.reminded_at, i.voided_at, i.rederived_at, i.delivery_status, i.dispute_status, i.notes, i.memo,
    i.custom, i.overdue, i.days_overdue, i.lines, i.taxes
FROM billing.invoice_stored_view i
LEFT JOIN crm.account a ON a.tenant_id = i.tenant_id AND a.id = CASE WHEN i.number IS NULL THEN i.account_id END
LEFT JOIN tenant.entity e ON e.tenant_id = i.tenant_id AND e.id = CASE WHEN i.number IS NULL THEN i.entity_id END
LEFT JOIN crm.location l ON l.tenant_id = i.tenant_id AND l.id = CASE WHEN i.number IS NULL THEN i.location_id END;

GRANT SELECT ON billing.invoice_content_view TO billfold_program;
