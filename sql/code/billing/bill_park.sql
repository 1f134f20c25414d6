-- billing.bill_park(subscriptions, codes, reasons): these cannot be billed as they are: they are set aside until somebody has looked, with
-- one open task each for the owner of their account, and the run goes on without them.
-- requires: crm.task_raise, job.emit
CREATE FUNCTION billing.bill_park(p_id uuid[], p_code text[], p_reason text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        UPDATE billing.subscription s
           SET parked_at = clock_timestamp(), park_code = left(w.code, 100), park_reason = left(w.reason, 2000)
          FROM unnest(p_id, p_code, p_reason) AS w (id, code, reason), crm.account a
         WHERE s.tenant_id = base.tenant_id() AND s.id = w.id AND s.parked_at IS NULL
           AND a.tenant_id = s.tenant_id AND a.id = s.account_id
        RETURNING s.id, s.version, s.account_id, s.name, s.next_bill_on, s.park_code, s.park_reason, a.owner_id, a.account_name
    LOOP
        PERFORM job.emit('subscription.parked', 'subscription', v.id,
            jsonb_build_object('code', v.park_code, 'reason', v.park_reason, 'bill_on', v.next_bill_on), v.version, v.account_id);
        PERFORM crm.task_raise(base.new_id(), 'subscription_parked:' || v.id, 'subscription_parked',
            left(format('Subscription of %s cannot be billed', v.account_name), 200),
            format('What is due on %s is not billed until this is mended and the subscription is released: %s', v.next_bill_on,
                v.park_reason), base.business_today(), v.owner_id, v.account_id, NULL, NULL);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_park(uuid[], text[], text[]) TO billfold_invoiced;
