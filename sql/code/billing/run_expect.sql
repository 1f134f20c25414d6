-- billing.run_expect(subscriptions): these have a bill date, or have it again: they are billed when it comes by the clock of their account. Whoever
-- makes a subscription, moves its next bill date or releases it says so; billing.run_watch finds what was not said.
-- A date that has come is billed after this transaction.
-- requires: job.enqueue
CREATE FUNCTION billing.run_expect(p_ids uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_at timestamptz;
BEGIN
    SELECT min(s.next_bill_on::timestamp AT TIME ZONE coalesce(a.time_zone, e.time_zone, current_setting('app.zone')))
      INTO v_at
      FROM billing.subscription s
      JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
      LEFT JOIN tenant.entity e ON e.tenant_id = s.tenant_id AND e.id = s.entity_id
     WHERE s.tenant_id = base.tenant_id() AND s.id = ANY (p_ids) AND s.next_bill_on IS NOT NULL AND s.parked_at IS NULL;
    IF v_at <= base.business_now() THEN
        PERFORM job.enqueue('billing_run', format('due:%s@%s', pg_current_xact_id(), extract(epoch FROM now())));
    ELSIF v_at IS NOT NULL THEN
        INSERT INTO job.schedule AS s (kind, key, due_at, anchor_at) VALUES ('billing_run', 'due', v_at, v_at)
        ON CONFLICT ON CONSTRAINT schedule_kind_key DO UPDATE SET due_at = excluded.due_at, anchor_at = excluded.anchor_at
         WHERE s.due_at > excluded.due_at;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.run_expect(uuid[]) TO billfold_api, billfold_invoiced;
