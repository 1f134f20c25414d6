-- billing.subscription_context(...): what a subscription is made from besides what was asked for: payer and seller as a document's
-- (billing.draft_context), the plan's version with its prices, coupons, and what products cost at the intervals of items of their own.
-- plan NULL: none was named, or there is none; day NULL: today. No row: no such account.
-- requires: billing.draft_context, catalog.plan_version_on, catalog.plan_terms, catalog.coupons_of, catalog.price_on
CREATE FUNCTION billing.subscription_context(p_account uuid, p_entity uuid, p_currency text, p_location uuid, p_plan uuid,
    p_code text, p_version uuid, p_day date, p_coupons text[], p_products uuid[], p_recurring text[])
RETURNS TABLE (context json, plan json, coupons json, prices json)
LANGUAGE sql STABLE AS $$
    SELECT c.context,
           (SELECT json_build_object('id', p.id, 'archived', p.archived_at IS NOT NULL, 'terms',
                   (SELECT catalog.plan_terms(v.id, x.currency) FROM catalog.plan_version v
                     WHERE v.tenant_id = p.tenant_id AND v.plan_id = p.id AND v.archived_at IS NULL
                       AND v.id = coalesce(p_version, (SELECT catalog.plan_version_on(p.id, x.day)))))
              FROM catalog.plan p
             WHERE p.tenant_id = base.tenant_id() AND (p_plan IS NOT NULL OR p_code IS NOT NULL OR p_version IS NOT NULL)
               AND p.id = coalesce(p_plan,
                    (SELECT y.id FROM catalog.plan y WHERE y.tenant_id = base.tenant_id() AND y.code_norm = lower(p_code)),
                    (SELECT v.plan_id FROM catalog.plan_version v WHERE v.tenant_id = base.tenant_id() AND v.id = p_version))),
           catalog.coupons_of(p_coupons, x.currency, x.today),
           (SELECT json_agg(json_build_object('unit_price', trim_scale(k.unit_price)::text,
                    'base_quantity', trim_scale(k.base_quantity)::text) ORDER BY w.n)
              FROM unnest(p_products, p_recurring) WITH ORDINALITY AS w (product, recurring, n)
              LEFT JOIN LATERAL catalog.price_on(w.product, x.currency, w.recurring, x.day) k ON true)
      FROM billing.draft_context(p_account, p_entity, p_currency, p_location, NULL, NULL, p_products, p_day, NULL) c
     CROSS JOIN LATERAL (SELECT c.context ->> 'currency' AS currency, (c.context ->> 'today')::date AS today,
             coalesce(p_day, (c.context ->> 'today')::date) AS day) x
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_context(uuid, uuid, text, uuid, uuid, text, uuid, date, text[], uuid[], text[])
    TO billfold_program;
