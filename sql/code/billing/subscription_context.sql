-- billing.subscription_context(...): what a subscription is made from besides what was asked for: payer and seller as a document's
-- (billing.draft_context), the plan's version with its prices, coupons, and what products cost at the intervals of items of their own.
-- plan NULL: none was named, or there is none; day NULL: today. No row: no such account.
-- requires: billing.draft_context, billing.plan_asked, catalog.coupons_of, catalog.price_on
CREATE FUNCTION billing.subscription_context(p_account uuid, p_entity uuid, p_currency text, p_location uuid, p_plan uuid,
    p_code text, p_version uuid, p_day date, p_coupons text[], p_products uuid[], p_recurring text[])
RETURNS TABLE (context json, plan json, coupons json, prices json)
LANGUAGE sql STABLE AS $$
    SELECT c.context,
           billing.plan_asked(p_plan, p_code, p_version, x.day, x.currency),
           catalog.coupons_of(p_coupons, x.currency, x.today, p_account),
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
