-- billing.content_digest(draft): what a draft says, in short: two drafts that would become the same document have the same.
-- The day of issue counts where the draft names it. Asked for each approval of a page: PL/pgSQL, which keeps its plan.
CREATE FUNCTION billing.content_digest(p_id uuid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT md5(ROW(i.kind, i.account_id, i.entity_id, i.location_id, i.contact_id, i.issue_date, i.due_date, i.supply_date,
                   i.currency, i.exchange_rate, i.po_number, i.payment_terms, i.invoice_address, i.tax_mode, i.tax_inclusive,
                   i.discount_percent, i.discount_amount, i.cash_rounding, i.subtotal, i.discount_total, i.net_total,
                   i.tax_total, i.total, i.rounding, i.payable, i.notes, i.original_invoice_id, i.reason, i.settle,
                   (SELECT array_agg(ROW(l.account_id, l.product_id, l.description, l.quantity, l.unit_price, l.base_quantity,
                           l.unit, l.discount_percent, l.tax_category, l.tax_rate, l.amount, l.discount, l.net, l.tax,
                           l.original_line_id, l.original_quantity, l.project, l.discount_reason)::text
                           ORDER BY l.position)
                      FROM billing.invoice_line l WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id))::text)
          FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.id = p_id);
END
$$;

GRANT EXECUTE ON FUNCTION billing.content_digest(uuid) TO billfold_program;
