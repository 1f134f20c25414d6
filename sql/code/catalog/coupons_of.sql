-- catalog.coupons_of(codes, currency, day): coupons by the codes that were named, in their order; why: what stands in the way of taking one.
CREATE OR REPLACE FUNCTION catalog.coupons_of(p_codes text[], p_currency text, p_day date) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_agg(json_build_object('id', c.id, 'name', c.name, 'percent', trim_scale(c.percent)::text, 'amount', c.amount,
        'periods', c.periods, 'why', CASE WHEN c.id IS NULL OR c.archived_at IS NOT NULL THEN 'not_found'
            WHEN c.valid_to < p_day THEN 'expired'
            WHEN c.redemptions >= c.redemptions_max THEN 'redeemed'
            WHEN c.currency <> p_currency THEN 'currency_mismatch' END) ORDER BY w.n)
      FROM unnest(p_codes) WITH ORDINALITY AS w (code, n)
      LEFT JOIN catalog.coupon c ON c.tenant_id = base.tenant_id() AND c.code_norm = lower(w.code)
$$;

GRANT EXECUTE ON FUNCTION catalog.coupons_of(text[], text, date) TO billfold_program;
