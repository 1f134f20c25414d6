-- billing.subscription_set(subscription, set, event, data): what was decided on a subscription that is held (billing.subscription_facts): members of
-- its row; with its event, where anything has changed, and what follows by itself: of what is over, coupons that have lowered nothing are given back.
-- requires: job.emit, billing.subscription_follow, billing.discounts_return
CREATE FUNCTION billing.subscription_set(p_id uuid, p_set jsonb, p_event text, p_data jsonb DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription;
    v_was bigint;
    v_moved boolean;
BEGIN
    SELECT s.version, s.xmin = pg_current_xact_id()::xid INTO v_was, v_moved FROM billing.subscription s
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id;
    SELECT (jsonb_populate_record(s, p_set)).* INTO v FROM billing.subscription s
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id;
    UPDATE billing.subscription s
       SET state = v.state, start_date = v.start_date, anchor = v.anchor, trial_end = v.trial_end, next_bill_on = v.next_bill_on,
           alignment = v.alignment, term = v.term, term_end = v.term_end, auto_renew = v.auto_renew, notice_days = v.notice_days,
           end_date = v.end_date, cancelled_at = v.cancelled_at, cancel_reason = v.cancel_reason, paused_on = v.paused_on,
           pause_credit = v.pause_credit, pause_extends_term = v.pause_extends_term, resume_on = v.resume_on, resume_anew = v.resume_anew, billing_mode = v.billing_mode, plan_id = v.plan_id, plan_version_id = v.plan_version_id,
           discount_percent = v.discount_percent
     WHERE s.tenant_id = base.tenant_id() AND s.id = p_id
    RETURNING s.* INTO v;
    -- Who says what has been said already, at the same instant, has changed nothing: there is nothing to tell.
    IF v_moved OR v.version <> v_was THEN
        PERFORM job.emit(p_event, 'subscription', p_id, jsonb_build_object('account_id', v.account_id, 'state', v.state,
            'next_bill_on', v.next_bill_on, 'term_end', v.term_end, 'end_date', v.end_date) || coalesce(p_data, '{}'), v.version);
    END IF;
    IF v.state IN ('cancelled', 'ended') THEN
        PERFORM billing.discounts_return(p_id);
    END IF;
    PERFORM billing.subscription_follow(p_id);
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_set(uuid, jsonb, text, jsonb) TO billfold_api, billfold_invoiced;
