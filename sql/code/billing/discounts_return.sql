-- billing.discounts_return(subscription, gone): coupons that a subscription, which is held, has taken and that came to nothing are given back: they have lowered
-- no document, and can lower none any more, because it is over (or about to be gone) or they were taken off it again. As long as a period of it was
-- skipped, which may be billed after all, they stay.
-- requires: catalog.unredeem
CREATE FUNCTION billing.discounts_return(p_subscription uuid, p_gone boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_coupons uuid[];
BEGIN
    WITH returned AS (
        UPDATE billing.subscription_discount d SET returned_at = clock_timestamp()
          FROM billing.subscription s
         WHERE s.tenant_id = base.tenant_id() AND s.id = p_subscription AND d.tenant_id = s.tenant_id AND d.subscription_id = s.id
           AND d.coupon_id IS NOT NULL AND d.returned_at IS NULL AND d.lowered_on IS NULL
           AND (p_gone OR s.state IN ('cancelled', 'ended') OR d.valid_to <= coalesce(s.next_bill_on, s.unbilled_on) OR d.valid_to <= d.valid_from)
           AND (p_gone OR NOT EXISTS (SELECT FROM billing.subscription_skip k WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id))
        RETURNING d.coupon_id)
    SELECT array_agg(r.coupon_id) INTO v_coupons FROM returned r;
    IF v_coupons IS NOT NULL THEN
        PERFORM catalog.unredeem(v_coupons);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.discounts_return(uuid, boolean) TO billfold_program;
