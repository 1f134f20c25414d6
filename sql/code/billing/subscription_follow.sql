-- billing.subscription_follow(subscription): the next day on which something happens to it by itself (it pauses, goes on, ends, its term ends or is
-- told of 30, 7 and 1 days before) has a schedule, and so has its bill date.
-- requires: job.schedule_put, job.schedule_drop, billing.subscription_zone, billing.run_expect
CREATE FUNCTION billing.subscription_follow(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription;
    v_zone text := billing.subscription_zone(p_id);
    v_today date := base.business_today(v_zone);
    v_day date;
BEGIN
    SELECT * INTO v FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id;
    IF v.state IN ('active', 'paused', 'unpaid') THEN
        v_day := least(v.end_date, v.term_end, CASE WHEN v.state = 'paused' THEN v.resume_on ELSE v.paused_on END,
            (SELECT min(v.term_end - n) FROM unnest(ARRAY[30, 7, 1]) AS n
              WHERE v.term_end - n > v_today AND v.end_date IS NULL));
    END IF;
    IF v_day IS NULL THEN
        PERFORM job.schedule_drop('subscription_step', 'subscription:' || p_id);
    ELSE
        -- What waits for its last bill is looked at again a day later.
        PERFORM job.schedule_put('subscription_step', 'subscription:' || p_id,
            (CASE WHEN v_day <= v_today AND v.next_bill_on IS NOT NULL AND v.end_date <= v_today THEN v_today + 1 ELSE v_day END)::timestamp
                AT TIME ZONE v_zone,
            jsonb_build_object('subscription_id', p_id));
    END IF;
    IF v.next_bill_on IS NOT NULL THEN
        PERFORM billing.run_expect(ARRAY[p_id]);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_follow(uuid) TO billfold_api, billfold_invoiced;
