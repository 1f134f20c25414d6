-- billing.bill_facts(subscriptions, on): what the documents of these bill dates are computed from, but for their items: a row each, in the order
-- of their ids, in columns: a run reads thousands. What billing.draft_context says of one document it says of each. on: this bill date, NULL: the next one of each.
-- requires: crm.payer, billing.recipient
CREATE FUNCTION billing.bill_facts(p_ids uuid[], p_on date)
RETURNS TABLE (id uuid, payer_id uuid, account_id uuid, entity_id uuid, location_id uuid, currency text, exponent smallint,
    base_currency text, base_exponent smallint, calendar boolean, anchor date, end_date date, bill_on date,
    discount_percent numeric, po_number text, po_of_account text, po_required boolean, billing_mode text, closed boolean,
    has_contact boolean, has_email boolean, terms integer, today date, buyer_tax text, exemption_valid_to date,
    buyer_country text, buyer_region text, seller_country text, seller_region text)
LANGUAGE sql STABLE AS $$
    SELECT s.id, a.id, s.account_id, s.entity_id, l.id, s.currency, y.exponent, e.base_currency, b.exponent,
           s.alignment = 'calendar', s.anchor, s.end_date, coalesce(p_on, s.next_bill_on), s.discount_percent, s.po_number,
           coalesce(l.po_number, a.po_number), a.po_required, s.billing_mode, a.state = 'closed' OR a.archived_at IS NOT NULL,
           r.id IS NOT NULL, r.email IS NOT NULL, coalesce(a.payment_terms, e.payment_terms),
           base.business_today(e.time_zone), a.tax_category, a.exemption_valid_to,
           coalesce(l.address, a.invoice_address) ->> 'country', coalesce(l.address, a.invoice_address) ->> 'region',
           e.address ->> 'country', e.address ->> 'region'
      FROM unnest(p_ids) AS w (id)
      JOIN billing.subscription s ON s.tenant_id = base.tenant_id() AND s.id = w.id
      -- By itself: an account that is compared with what a function returns would be looked for among all of the tenant's.
     CROSS JOIN LATERAL (SELECT CASE WHEN n.bill_to = 'self' THEN n.id ELSE crm.payer(n.id) END AS payer
              FROM crm.account n WHERE n.tenant_id = s.tenant_id AND n.id = s.account_id OFFSET 0) q
      JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = q.payer
      LEFT JOIN tenant.entity e ON e.tenant_id = s.tenant_id AND e.id = s.entity_id
      LEFT JOIN crm.location l ON l.tenant_id = s.tenant_id AND l.id = s.location_id
      LEFT JOIN base.currency y ON y.code = s.currency
      LEFT JOIN base.currency b ON b.code = e.base_currency
      LEFT JOIN LATERAL billing.recipient(a.id, NULL) r ON true
     ORDER BY s.id
$$;

GRANT EXECUTE ON FUNCTION billing.bill_facts(uuid[], date) TO billfold_program;
