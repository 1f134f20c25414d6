-- catalog.unredeem(coupons): each can be taken once more, as often as it is named, in the order of their ids.
-- requires: job.emit
CREATE FUNCTION catalog.unredeem(p_ids uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT c.id, w.times
               FROM catalog.coupon c JOIN (SELECT u.id, count(*) AS times FROM unnest(p_ids) AS u (id) GROUP BY u.id) w ON w.id = c.id
              WHERE c.tenant_id = base.tenant_id() ORDER BY c.id FOR NO KEY UPDATE OF c
    LOOP
        UPDATE catalog.coupon c SET redemptions = c.redemptions - v.times WHERE c.tenant_id = base.tenant_id() AND c.id = v.id;
        PERFORM job.emit('coupon.returned', 'coupon', v.id);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION catalog.unredeem(uuid[]) TO billfold_program;
