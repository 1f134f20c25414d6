-- billing.draft_context(...): all that a document is computed from besides its own lines, as one JSON
-- document: payer, seller, currency, business day, tax profile and place, the tenant's choices, tax rates of the two
-- places and of a country besides, products with their prices. p_location_patch: what is about to be merged into the
-- location's address, JSON null where it goes. p_kept NULL: a new document, its account's payer pays; else one that is there: the payer
-- stays whoever it was made for, and so does its location (true), or another of somebody who bills to that payer takes its place. No row: no such account. A function in FROM, so that it is
-- planned with the statement that calls it. Besides the context, as billing.invoice_view shows them of a draft: those who are named
-- on it, for the answer to whoever makes it.
-- requires: catalog.price_on, crm.payer, billing.party_digest, billing.recipient, billing.tax_profile, billing.seller_snapshot
-- requires: billing.payer_snapshot, billing.contact_snapshot, billing.ship_to_snapshot
CREATE FUNCTION billing.draft_context(p_account uuid, p_entity uuid, p_currency text, p_location uuid,
    p_contact uuid, p_address jsonb, p_products uuid[], p_date date, p_country text,
    p_location_patch jsonb DEFAULT NULL, p_kept boolean DEFAULT NULL) RETURNS TABLE (context json,
    owner_id uuid, invoice_address jsonb, payer jsonb, tax_settings jsonb, billing_contact jsonb, seller jsonb, ship_to jsonb)
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'account_id', a.id, 'account_digest', billing.party_digest(a, l), 'account_state', a.state,
        'account_archived', a.archived_at IS NOT NULL, 'owner_id', a.owner_id,
        'entity_id', e.id, 'currency', x.currency, 'exponent', x.exponent,
        'base_currency', e.base_currency, 'base_exponent', b.exponent,
        'today', x.today, 'terms', coalesce(a.payment_terms, e.payment_terms),
        'po_number', coalesce(l.po_number, a.po_number), 'po_required', a.po_required,
        'buyer_tax', a.tax_category, 'exemption_valid_to', a.exemption_valid_to,
        'buyer_country', x.place ->> 'country', 'buyer_region', x.place ->> 'region',
        'seller_country', e.address ->> 'country', 'seller_region', e.address ->> 'region',
        'settings', t.settings,
        'place_of', CASE WHEN x.location IS NOT NULL THEN 'location' WHEN p_address IS NOT NULL THEN 'document'
            ELSE 'account' END,
        'has_location', l.id IS NOT NULL,
        'has_contact', r.id IS NOT NULL, 'contact_known', p_contact IS NULL OR r.id IS NOT DISTINCT FROM p_contact,
        'rates', (SELECT json_agg(json_build_object('country', r.country, 'region', r.region, 'category', r.category,
                'name', r.name, 'rate', r.rate::text, 'from', r.valid_from - date '1970-01-01',
                'to', r.valid_to - date '1970-01-01'))
              FROM catalog.tax_rate r
             WHERE r.tenant_id = a.tenant_id AND r.archived_at IS NULL
               AND r.country IN (x.place ->> 'country', e.address ->> 'country', p_country)),
        'products', (SELECT json_agg(json_build_object('id', p.id, 'name', p.name, 'unit', p.unit,
                'tax_category', p.tax_category, 'archived', p.archived_at IS NOT NULL,
                'unit_price', c.unit_price::text, 'base_quantity', c.base_quantity::text) ORDER BY p.id)
              FROM catalog.product p
              LEFT JOIN LATERAL catalog.price_on(p.id, x.currency, 'none', coalesce(p_date, x.today)) c ON true
             WHERE p.tenant_id = a.tenant_id AND p.id = ANY (p_products))),
        a.owner_id, coalesce(p_address, a.invoice_address), billing.payer_snapshot(a, p_address), billing.tax_profile(a),
        CASE WHEN r.id IS NOT NULL THEN billing.contact_snapshot(r) END, billing.seller_snapshot(e),
        CASE WHEN l.id IS NOT NULL THEN billing.ship_to_snapshot(l) END
      -- By itself: an account that is compared with what a function returns would be looked for among all of the tenant's.
      FROM (SELECT n.tenant_id, n.id,
                   CASE WHEN p_kept IS NOT NULL OR n.bill_to = 'self' THEN n.id ELSE crm.payer(n.id) END AS payer
              FROM crm.account n WHERE n.tenant_id = base.tenant_id() AND n.id = p_account OFFSET 0) q
      JOIN crm.account a ON a.tenant_id = q.tenant_id AND a.id = q.payer
      JOIN tenant.tenant t ON t.tenant_id = a.tenant_id AND t.id = a.tenant_id
      LEFT JOIN tenant.entity e ON e.tenant_id = a.tenant_id AND e.id = coalesce(p_entity, a.entity_id, t.default_entity_id)
      LEFT JOIN crm.location l ON l.tenant_id = a.tenant_id AND l.id = p_location
           AND (l.account_id IN (q.id, a.id) OR p_kept OR (p_kept IS NOT NULL AND crm.payer(l.account_id) = a.id))
      LEFT JOIN base.currency b ON b.code = e.base_currency
      LEFT JOIN LATERAL billing.recipient(a.id, p_contact) r ON true
     CROSS JOIN LATERAL (SELECT CASE WHEN p_location_patch IS NULL OR l.id IS NULL THEN l.address
             WHEN jsonb_typeof(p_location_patch) = 'object'
             THEN jsonb_strip_nulls(coalesce(l.address, '{}') || p_location_patch) END AS address) g
     CROSS JOIN LATERAL (SELECT coalesce(p_currency, a.currency, e.base_currency) AS currency,
             (SELECT y.exponent FROM base.currency y WHERE y.code = coalesce(p_currency, a.currency, e.base_currency))
                 AS exponent,
             -- The seller's: a series goes by one calendar, wherever its customers are.
             base.business_today(e.time_zone) AS today,
             g.address AS location, coalesce(g.address, p_address, a.invoice_address) AS place) x
$$;

GRANT EXECUTE ON FUNCTION billing.draft_context(uuid, uuid, text, uuid, uuid, jsonb, uuid[], date, text, jsonb, boolean)
    TO billfold_program;
