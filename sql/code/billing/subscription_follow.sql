-- billing.subscription_follow(subscription): the next day on which something happens to it by itself (it pauses, goes on, ends, another plan begins, its
-- term ends, or is told of 30, 7 and 1 days before, at nine by its account's clock, and where it was told of, once more on the last day on which that can
-- be told anew; so is that it ended a while ago) has a schedule, and so has its bill date.
-- While it stands still and that extends its term, the term's end, and an end with it, are no days: they move when it goes on.
-- Where it is parked, what has moved it may have mended it; where nothing is due of it there is nothing to try, and once it has ended it is parked no longer.
-- requires: billing.park_retry, billing.park_over, job.schedule_put, job.schedule_drop, billing.plan_on, billing.subscription_zone
-- requires: billing.run_expect, billing.expired_after, job.enqueue
CREATE FUNCTION billing.subscription_follow(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription;
    v_zone text := billing.subscription_zone(p_id);
    v_today date := base.business_today(v_zone);
    v_day date;
    v_notice timestamptz;
    v_at timestamptz;
    v_term_end date;
BEGIN
    SELECT * INTO v FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id;
    v_term_end := CASE WHEN v.state <> 'paused' OR NOT v.pause_extends_term THEN v.term_end END;
    IF v.state IN ('active', 'paused', 'unpaid') THEN
        v_day := least(CASE WHEN v_term_end IS NOT NULL OR v.cancelled_at IS NOT NULL OR v.end_date IS DISTINCT FROM v.term_end THEN v.end_date END,
            v_term_end, CASE WHEN v.state = 'paused' THEN v.resume_on ELSE v.paused_on END,
            (SELECT v_today FROM billing.plan_on(p_id, v_today) w WHERE w.plan_version_id IS DISTINCT FROM v.plan_version_id),
            (SELECT min(i.valid_from) FROM billing.subscription_item i
              WHERE i.tenant_id = v.tenant_id AND i.subscription_id = v.id AND i.valid_from > v_today
                AND (i.valid_to IS NULL OR i.valid_to > i.valid_from) AND i.plan_version_id IS DISTINCT FROM v.plan_version_id));
        SELECT min(w.at) INTO v_notice
          FROM unnest(ARRAY[30, 7, 1] || ARRAY(SELECT greatest(v.notice_days, 1) FROM billing.subscription_notice k
                WHERE k.tenant_id = v.tenant_id AND k.subscription_id = v.id AND k.term_end = v.term_end AND k.plan_version_id IS NOT NULL LIMIT 1)) AS n
         CROSS JOIN LATERAL (SELECT ((v_term_end - n) + time '09:00') AT TIME ZONE v_zone AS at) w
         WHERE v.cancelled_at IS NULL AND w.at > base.business_now();
    ELSIF v.state IN ('ended', 'cancelled') AND v.archived_at IS NULL AND v.expired_noticed_at IS NULL THEN
        v_notice := (v.end_date + billing.expired_after() + time '09:00') AT TIME ZONE v_zone;
    END IF;
    -- What waits for its last bill is looked at again a day later.
    v_at := least(v_notice, (CASE WHEN v_day <= v_today AND v.next_bill_on IS NOT NULL AND v.end_date <= v_today THEN v_today + 1
        ELSE v_day END)::timestamp AT TIME ZONE v_zone);
    IF v_at IS NULL OR v_at <= base.business_now() THEN
        PERFORM job.schedule_drop('subscription_step', 'subscription:' || p_id);
    END IF;
    -- Of an instant that is past there may have been a step already, and another by that name would be none.
    IF v_at <= base.business_now() THEN
        PERFORM job.enqueue('subscription_step', format('subscription:%s@v%s', p_id, v.version), jsonb_build_object('subscription_id', p_id));
    ELSIF v_at IS NOT NULL THEN
        PERFORM job.schedule_put('subscription_step', 'subscription:' || p_id, v_at, jsonb_build_object('subscription_id', p_id));
    END IF;
    IF v.parked_at IS NOT NULL AND v.next_bill_on IS NULL AND v.state IN ('cancelled', 'ended') THEN
        PERFORM billing.park_over(p_id);
    ELSIF v.parked_at IS NOT NULL AND v.next_bill_on IS NULL THEN
        DELETE FROM billing.subscription_retry r WHERE r.tenant_id = v.tenant_id AND r.subscription_id = p_id;
    ELSIF v.parked_at IS NOT NULL THEN
        INSERT INTO billing.subscription_retry (subscription_id, retry_at, tries)
        SELECT p_id, base.business_now() + interval '1 hour', 0 WHERE v.park_code <> 'given_up'
        ON CONFLICT (tenant_id, subscription_id) DO NOTHING;
        PERFORM billing.park_retry('subscription', p_id);
    END IF;
    IF v.next_bill_on IS NOT NULL THEN
        PERFORM billing.run_expect(ARRAY[p_id]);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_follow(uuid) TO billfold_api, billfold_invoiced;
