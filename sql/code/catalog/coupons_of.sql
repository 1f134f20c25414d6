-- catalog.coupons_of(codes, currency, day, account): coupons by the codes that were named, in their order; why: what stands in the way of an account's
-- taking one.
-- requires: catalog.redemptions_of
CREATE FUNCTION catalog.coupons_of(p_codes text[], p_currency text, p_day date, p_account uuid) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_agg(json_build_object('id', c.id, 'name', c.name, 'percent', trim_scale(c.percent)::text, 'amount', c.amount,
        'periods', c.periods, 'product_ids', c.product_ids, 'charges', c.charges, 'why', CASE WHEN c.id IS NULL OR c.archived_at IS NOT NULL THEN 'not_found'
            WHEN w.times > 1 THEN 'duplicate'
            WHEN c.valid_to < p_day THEN 'expired'
            WHEN c.redemptions >= c.redemptions_max THEN 'redeemed'
            WHEN catalog.redemptions_of(c.id, p_account) >= c.redemptions_max_per_account THEN 'account_redeemed'
            WHEN c.currency <> p_currency THEN 'currency_mismatch' END) ORDER BY w.n)
      FROM (SELECT u.code, u.n, row_number() OVER (PARTITION BY lower(u.code) ORDER BY u.n) AS times
              FROM unnest(p_codes) WITH ORDINALITY AS u (code, n)) w
      LEFT JOIN catalog.coupon c ON c.tenant_id = base.tenant_id() AND c.code_norm = lower(w.code)
$$;

GRANT EXECUTE ON FUNCTION catalog.coupons_of(text[], text, date, uuid) TO billfold_program;
