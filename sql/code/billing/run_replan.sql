-- billing.run_replan(): when the tenant's next subscription is due, or one that is parked is to be tried again. What a run has left, because somebody
-- else held it, is looked at again an hour later. The zones of one day reach from 14 hours before UTC to 12 after it: no later date
-- than the day after the earliest one can come first.
CREATE FUNCTION billing.run_replan() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_first date;
    v_at timestamptz;
BEGIN
    SELECT min(s.next_bill_on) INTO v_first
      FROM billing.subscription s
     WHERE s.tenant_id = base.tenant_id() AND s.next_bill_on IS NOT NULL AND s.parked_at IS NULL;
    SELECT min(z.day::timestamp AT TIME ZONE z.zone) INTO v_at
      FROM (SELECT DISTINCT s.next_bill_on AS day, coalesce(a.time_zone, e.time_zone, current_setting('app.zone')) AS zone
              FROM billing.subscription s
              JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
              LEFT JOIN tenant.entity e ON e.tenant_id = s.tenant_id AND e.id = s.entity_id
             WHERE s.tenant_id = base.tenant_id() AND s.next_bill_on <= v_first + 1 AND s.parked_at IS NULL) z;
    v_at := least(v_at, (SELECT min(greatest(r.retry_at, s.next_bill_on::timestamp AT TIME ZONE current_setting('app.zone')))
                           FROM billing.subscription_retry r
                           JOIN billing.subscription s ON s.tenant_id = r.tenant_id AND s.id = r.subscription_id AND s.parked_at IS NOT NULL
                          WHERE r.tenant_id = base.tenant_id() AND s.next_bill_on IS NOT NULL));
    IF v_at IS NULL THEN
        RETURN;
    ELSIF v_at <= base.business_now() THEN
        v_at := base.business_now() + interval '1 hour';
    END IF;
    -- An earlier one stays: who has just asked for it is not seen yet.
    INSERT INTO job.schedule AS s (kind, key, due_at, anchor_at) VALUES ('billing_run', 'due', v_at, v_at)
    ON CONFLICT ON CONSTRAINT schedule_kind_key DO UPDATE SET due_at = excluded.due_at, anchor_at = excluded.anchor_at
     WHERE s.due_at > excluded.due_at;
END
$$;

GRANT EXECUTE ON FUNCTION billing.run_replan() TO billfold_api, billfold_invoiced;
