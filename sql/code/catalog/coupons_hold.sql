-- catalog.coupons_hold(coupons): they are about to be taken: of two who take one at once the second begins when the first has ended, and sees what that took.
-- Before the takings are written, whose keys hold the rows: to count one moves it as a change of its key would, and two that hold it would wait for
-- each other.
CREATE FUNCTION catalog.coupons_hold(p_ids uuid[]) RETURNS void
LANGUAGE sql AS $$
    SELECT FROM catalog.coupon c WHERE c.tenant_id = base.tenant_id() AND c.id = ANY (p_ids) ORDER BY c.id FOR UPDATE
$$;

GRANT EXECUTE ON FUNCTION catalog.coupons_hold(uuid[]) TO billfold_api, billfold_invoiced;
