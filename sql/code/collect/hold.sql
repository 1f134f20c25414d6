-- collect.hold(invoice, policy, case, reason, today): nothing is charged or mailed by itself until the case is released. An invoice
-- without a case gets one of this id; where it has another by now, nothing happens and the caller reads again (ZB409). Raises
-- ZB404, or ZBSTA when nothing is due or the case is quiet already.
-- requires: collect.case_open, collect.drop_plans, job.emit
CREATE OR REPLACE FUNCTION collect.hold(p_invoice uuid, p_policy uuid, p_case uuid, p_reason text, p_today date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
    d collect.dunning;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such invoice.');
    ELSIF v.status NOT IN ('open', 'partially_paid') OR v.amount_due = 0 THEN
        PERFORM base.raise('ZBSTA', 'Nothing is due on this invoice.');
    END IF;
    d := collect.case_open(v, p_policy, p_case);
    IF d.id <> p_case THEN
        PERFORM base.raise('ZB409', 'The invoice has a case by now.');
    END IF;
    IF d.state <> 'active' THEN
        PERFORM base.raise('ZBSTA', format('The case is %s already.', replace(d.state, '_', ' ')), '/state', 'wrong_state');
    END IF;
    UPDATE collect.dunning x SET state = 'held', hold_reason = p_reason, paused_on = coalesce(x.paused_on, p_today)
     WHERE x.tenant_id = v.tenant_id AND x.id = d.id;
    PERFORM collect.drop_plans(ARRAY[p_invoice]);
    PERFORM job.emit('dunning.held', 'dunning', d.id, jsonb_build_object('invoice_id', p_invoice,
        'account_id', v.account_id, 'reason', p_reason, 'state', 'held'));
END
$$;

GRANT EXECUTE ON FUNCTION collect.hold(uuid, uuid, uuid, text, date) TO billfold_api;
