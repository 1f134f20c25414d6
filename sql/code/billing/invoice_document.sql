-- billing.invoice_document(invoice): the document as it is printed, mailed and exported. Of a final
-- document everything comes from its own snapshots, so that the same document comes out for ever but for what
-- moves (paid, amount_due). A template of it is src/document. No row: no such invoice.
-- requires: billing.invoice_view
CREATE FUNCTION billing.invoice_document(p_id uuid) RETURNS TABLE (document json)
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', v.id, 'kind', v.kind, 'status', v.status, 'number', v.number, 'issue_date', v.issue_date,
        'due_date', v.due_date, 'supply_date', v.supply_date, 'currency', v.currency, 'exponent', v.exponent,
        'locale', coalesce(v.payer ->> 'locale', v.seller ->> 'locale', t.locale),
        'seller', jsonb_build_object('name', v.seller -> 'name', 'legal_name', v.seller -> 'legal_name',
            'address', v.seller -> 'address', 'email', v.seller -> 'email', 'phone', v.seller -> 'phone',
            'tax_id', v.seller -> 'tax_id', 'registration_number', v.seller -> 'registration_number',
            'bank_accounts', v.seller -> 'bank_accounts', 'logo_file_id', v.seller -> 'logo_file_id',
            'footer', v.seller -> 'invoice_footer'),
        'payer', jsonb_build_object('name', v.payer -> 'account_name', 'legal_name', v.payer -> 'legal_name',
            'address', v.payer -> 'invoice_address', 'email', v.payer -> 'email', 'tax_id', v.payer -> 'tax_id'),
        'ship_to', v.ship_to, 'contact', v.billing_contact, 'po_number', v.po_number,
        'lines', (SELECT coalesce(json_agg(json_build_object('position', l.position, 'description', l.description,
                'quantity', trim_scale(l.quantity)::text, 'unit', l.unit,
                'unit_price', trim_scale(l.unit_price)::text, 'base_quantity', trim_scale(l.base_quantity)::text,
                'discount_percent', trim_scale(l.discount_percent)::text, 'amount', l.amount, 'discount', l.discount,
                'net', l.net, 'tax', l.tax, 'tax_category', l.tax_category, 'tax_rate', trim_scale(l.tax_rate)::text,
                'period_start', l.period_start, 'period_end', l.period_end)
                ORDER BY l.position), '[]')
              FROM billing.invoice_line l WHERE l.tenant_id = v.tenant_id AND l.invoice_id = v.id),
        'taxes', (SELECT coalesce(json_agg(json_build_object('category', x.category,
                'rate', trim_scale(x.rate)::text, 'name', x.name, 'base', x.base, 'tax', x.tax,
                'note', CASE x.category WHEN 'exempt' THEN v.payer #>> '{tax_settings,exemption_reason}' END)
                ORDER BY x.category, x.rate), '[]')
              FROM billing.invoice_tax x WHERE x.tenant_id = v.tenant_id AND x.invoice_id = v.id),
        'tax_mode', v.tax_mode, 'tax_inclusive', v.tax_inclusive,
        'subtotal', v.subtotal, 'discount_total', v.discount_total, 'net_total', v.net_total,
        'tax_total', v.tax_total, 'total', v.total, 'rounding', v.rounding, 'payable', v.payable, 'paid', v.paid,
        'amount_due', v.amount_due, 'payment_terms', v.payment_terms, 'notes', v.notes, 'reason', v.reason,
        'original_number', (SELECT o.number FROM billing.invoice_link k
            JOIN billing.invoice o ON o.tenant_id = k.tenant_id AND o.id = k.to_id
            WHERE k.tenant_id = v.tenant_id AND k.from_id = v.id AND k.relation IN ('credits', 'debits') LIMIT 1))
      FROM billing.invoice_view v
      JOIN tenant.tenant t ON t.tenant_id = v.tenant_id AND t.id = v.tenant_id
     WHERE v.tenant_id = base.tenant_id() AND v.id = p_id
$$;

GRANT EXECUTE ON FUNCTION billing.invoice_document(uuid) TO billfold_program;
