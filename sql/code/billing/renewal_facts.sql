-- billing.renewal_facts(subscription, products): what the documents of its next term are computed from, besides itself: payer, place, rates and choices
-- as a document's (billing.draft_context), and coupons and agreed discounts in the order in which they are taken off. No row: there
-- is none.
-- requires: billing.draft_context
CREATE FUNCTION billing.renewal_facts(p_id uuid, p_products uuid[]) RETURNS TABLE (context json, discounts json)
LANGUAGE sql STABLE AS $$
    SELECT c.context,
           (SELECT json_agg(json_build_object('percent', trim_scale(d.percent)::text, 'amount', d.amount, 'periods_left', d.periods_left,
                       'valid_from', d.valid_from, 'valid_to', d.valid_to, 'of_phase', d.of_phase, 'product_ids', d.product_ids, 'charges', d.charges) ORDER BY d.position, d.id)
              FROM billing.subscription_discount d
             WHERE d.tenant_id = s.tenant_id AND d.subscription_id = s.id AND coalesce(d.periods_left, 1) > 0)
      FROM billing.subscription s
     CROSS JOIN LATERAL billing.draft_context(s.account_id, s.entity_id, s.currency, s.location_id, NULL, NULL, p_products, NULL, NULL) c
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id
$$;

GRANT EXECUTE ON FUNCTION billing.renewal_facts(uuid, uuid[]) TO billfold_api, billfold_invoiced;
