-- catalog.redeem(coupons, pointers, account): each has been taken once more by an account, in the order of their ids; ZB422 at the last pointer of one that
-- has been taken as often as it can be, by anybody or by this account: the takings stand on its subscriptions by now, and of two at once the second
-- sees the first.
-- They are held by then (catalog.coupons_hold).
-- requires: job.emit
CREATE FUNCTION catalog.redeem(p_ids uuid[], p_pointers text[], p_account uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT c.id, w.times, c.redemptions + w.times > c.redemptions_max AS over, c.redemptions_max_per_account AS each, w.pointer
               FROM catalog.coupon c
               JOIN (SELECT u.id, count(*) AS times, (array_agg(u.pointer ORDER BY u.n DESC))[1] AS pointer
                       FROM unnest(p_ids, p_pointers) WITH ORDINALITY AS u (id, pointer, n) GROUP BY u.id) w ON w.id = c.id
              WHERE c.tenant_id = base.tenant_id() ORDER BY c.id
    LOOP
        IF v.over THEN
            PERFORM base.raise('ZB422', 'The coupon has been taken as often as it can be.', v.pointer, 'redeemed');
        ELSIF catalog.redemptions_of(v.id, p_account) > v.each THEN
            PERFORM base.raise('ZB422', 'The account has taken the coupon as often as it can.', v.pointer, 'account_redeemed');
        END IF;
        UPDATE catalog.coupon c SET redemptions = c.redemptions + v.times WHERE c.tenant_id = base.tenant_id() AND c.id = v.id;
        PERFORM job.emit('coupon.redeemed', 'coupon', v.id);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION catalog.redeem(uuid[], text[], uuid) TO billfold_api, billfold_invoiced;
