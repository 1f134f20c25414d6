-- catalog.redeem(coupons): each is taken once more, in the order of their ids; ZB422 where one has been taken as often as it can be.
-- requires: job.emit
CREATE OR REPLACE FUNCTION catalog.redeem(p_ids uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT c.id, c.redemptions >= c.redemptions_max AS over, w.n
               FROM catalog.coupon c JOIN unnest(p_ids) WITH ORDINALITY AS w (id, n) ON w.id = c.id
              WHERE c.tenant_id = base.tenant_id() ORDER BY c.id FOR UPDATE OF c
    LOOP
        IF v.over THEN
            PERFORM base.raise('ZB422', 'The coupon has been taken as often as it can be.', '/coupons/' || v.n - 1, 'redeemed');
        END IF;
        UPDATE catalog.coupon c SET redemptions = c.redemptions + 1 WHERE c.tenant_id = base.tenant_id() AND c.id = v.id;
        PERFORM job.emit('coupon.redeemed', 'coupon', v.id);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION catalog.redeem(uuid[]) TO billfold_api, billfold_invoiced;
