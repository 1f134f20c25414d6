-- billing.phase_facts(plans, codes, versions, products, recurring, day, currency, coupons, today, account): what phases name, each list in its order, null where
-- there is none: plans with their terms, products with what they cost at an interval, coupons by their codes. As of one day: what is agreed on is
-- agreed on at once; coupons are taken today, by the account.
-- requires: billing.plan_asked, catalog.price_on, catalog.coupons_of
CREATE FUNCTION billing.phase_facts(p_plans uuid[], p_codes text[], p_versions uuid[], p_products uuid[], p_recurring text[],
    p_day date, p_currency text, p_coupons text[], p_today date, p_account uuid)
RETURNS TABLE (plans json, products json, coupons json)
LANGUAGE sql STABLE AS $$
    SELECT (SELECT json_agg(billing.plan_asked(w.plan, w.code, w.version, p_day, p_currency) ORDER BY w.n)
              FROM unnest(p_plans, p_codes, p_versions) WITH ORDINALITY AS w (plan, code, version, n)),
           (SELECT json_agg((SELECT json_build_object('name', p.name, 'unit', p.unit, 'archived', p.archived_at IS NOT NULL,
                    'unit_price', trim_scale(k.unit_price)::text, 'base_quantity', trim_scale(k.base_quantity)::text)
                      FROM catalog.product p
                      LEFT JOIN LATERAL catalog.price_on(p.id, p_currency, w.recurring, p_day) k ON true
                     WHERE p.tenant_id = base.tenant_id() AND p.id = w.product) ORDER BY w.n)
              FROM unnest(p_products, p_recurring) WITH ORDINALITY AS w (product, recurring, n)),
           catalog.coupons_of(p_coupons, p_currency, p_today, p_account)
$$;

GRANT EXECUTE ON FUNCTION billing.phase_facts(uuid[], text[], uuid[], uuid[], text[], date, text, text[], date, uuid) TO billfold_program;
