-- billing.bill_park(subscriptions, codes, reasons, from): these cannot be billed as they are: they are set aside, with one open task a cause and owner
-- (billing.park_cause), and the run goes on without them. They are tried again after an hour, and each time after four times as long, a week at
-- most (a change, or one of the same cause that is billed, makes it sooner). A try that fails as the one before is told to nobody again, while the task is
-- open.
-- from: the day of its seller on which what refuses it is surely over, NULL: nobody knows; it is tried when that one begins.
-- given_up: what ended whoever was at work on it is not tried again before somebody has looked (billing.subscription_release).
-- requires: billing.park_cause, billing.park_task_tell, crm.task_raise, job.emit
CREATE FUNCTION billing.bill_park(p_id uuid[], p_code text[], p_reason text[], p_from date[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v record;
    v_one record;
    v_task uuid;
    v_left uuid[];
BEGIN
    INSERT INTO billing.subscription_retry AS r (subscription_id, retry_at, tries)
    SELECT w.id, base.business_now() + interval '1 hour', 1 FROM unnest(p_id, p_code) AS w (id, code) WHERE w.code <> 'given_up'
    ON CONFLICT (tenant_id, subscription_id) DO UPDATE SET tries = r.tries + 1,
        retry_at = base.business_now() + least(interval '1 hour' * 4 ^ least(r.tries, 5), interval '7 days');
    UPDATE billing.subscription_retry r
       SET retry_at = w.day::timestamp AT TIME ZONE coalesce(e.time_zone, NULLIF(current_setting('app.zone', true), ''), 'UTC')
      FROM unnest(p_id, p_from) AS w (id, day)
      JOIN billing.subscription s ON s.tenant_id = v_tenant AND s.id = w.id
      JOIN tenant.entity e ON e.tenant_id = s.tenant_id AND e.id = s.entity_id
     WHERE r.tenant_id = v_tenant AND r.subscription_id = w.id AND w.day IS NOT NULL;
    DELETE FROM billing.subscription_retry r USING unnest(p_id, p_code) AS w (id, code)
     WHERE r.tenant_id = v_tenant AND r.subscription_id = w.id AND w.code = 'given_up';
    FOR v IN
        SELECT k.key, k.code, k.reason, k.owner_id, array_agg(k.id) AS ids
          FROM (SELECT s.id, left(w.code, 100) AS code, left(w.reason, 2000) AS reason, a.owner_id,
                       billing.park_cause(s.id, s.account_id, a.owner_id, left(w.code, 100), left(w.reason, 2000)) AS key
                  FROM unnest(p_id, p_code, p_reason) AS w (id, code, reason)
                  JOIN billing.subscription s ON s.tenant_id = v_tenant AND s.id = w.id
                  JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
                 WHERE (s.park_code, s.park_reason) IS DISTINCT FROM (left(w.code, 100), left(w.reason, 2000))
                    OR NOT EXISTS (SELECT FROM crm.task t WHERE t.tenant_id = s.tenant_id AND t.id = s.park_task_id AND t.state = 'open')) k
         GROUP BY k.key, k.code, k.reason, k.owner_id
         ORDER BY k.key
    LOOP
        v_task := crm.task_raise(base.new_id(), v.key, 'subscription_parked', 'Subscriptions cannot be billed', v.reason, base.business_today(),
            v.owner_id, NULL, NULL, NULL);
        FOR v_one IN
            UPDATE billing.subscription s
               SET parked_at = coalesce(s.parked_at, clock_timestamp()), park_code = v.code, park_reason = v.reason, park_task_id = v_task
              FROM billing.subscription o
             WHERE s.tenant_id = v_tenant AND s.id = ANY (v.ids) AND o.tenant_id = s.tenant_id AND o.id = s.id
            RETURNING s.id, s.version, s.account_id, s.next_bill_on, o.park_task_id AS was
        LOOP
            PERFORM job.emit('subscription.parked', 'subscription', v_one.id, jsonb_build_object('code', v.code, 'reason', v.reason,
                'bill_on', v_one.next_bill_on, 'task_id', v_task), v_one.version, v_one.account_id);
            v_left := v_left || NULLIF(v_one.was, v_task);
        END LOOP;
        PERFORM billing.park_task_tell(v_task);
    END LOOP;
    PERFORM billing.park_task_tell(w.id) FROM (SELECT DISTINCT t AS id FROM unnest(v_left) t WHERE t IS NOT NULL ORDER BY t) w;
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_park(uuid[], text[], text[], date[]) TO billfold_invoiced;
