-- collect.remind(invoice, policy, day, hand over, today, at, from, step): a step of an invoice's reminders is taken, as C has decided: the
-- reminder of a day goes to each recipient once, or a person takes over; and the next step is planned. Whether it still makes
-- sense is asked here once more, under the invoice's lock: no step after it was paid, voided, credited, held or handed over, none
-- but the plan while it is disputed or a bank has a payment of it.
-- requires: collect.case_open, collect.hand_over, collect.tell_owner, collect.recipients, collect.plan, document.deliver, job.emit
CREATE OR REPLACE FUNCTION collect.remind(p_invoice uuid, p_policy uuid, p_day integer, p_hand_over boolean, p_today date,
    p_at timestamptz, p_from timestamptz, p_step text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
    d collect.dunning;
    v_sent integer;
    v_waits boolean;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice FOR UPDATE;
    SELECT * INTO d FROM collect.dunning x WHERE x.tenant_id = v.tenant_id AND x.invoice_id = p_invoice FOR UPDATE;
    IF v.id IS NULL OR v.status NOT IN ('open', 'partially_paid') OR v.amount_due = 0
        OR d.state IN ('held', 'handed_over') THEN
        RETURN;
    END IF;
    v_waits := v.dispute_status = 'disputed' OR v.amount_processing > 0;
    IF p_hand_over AND NOT v_waits THEN
        PERFORM collect.case_open(v, p_policy);
        PERFORM collect.hand_over(p_invoice, p_today);
        PERFORM collect.tell_owner(p_invoice, NULL);
        RETURN;
    END IF;
    IF p_day IS NOT NULL AND NOT v_waits THEN
        SELECT count(document.deliver('invoice', p_invoice, 'reminder:' || p_day, 'reminder', r.email, r.name)) INTO v_sent
          FROM collect.recipients(p_invoice) r;
        -- What is late is in collection; a word before the due date opens no case.
        IF p_day > 0 THEN
            d := collect.case_open(v, p_policy);
        END IF;
        IF d.state = 'active' THEN
            UPDATE collect.dunning x SET reminders = x.reminders + 1, step = 'reminder:' || p_day
             WHERE x.tenant_id = v.tenant_id AND x.id = d.id;
            PERFORM job.emit('dunning.updated', 'dunning', d.id, jsonb_build_object('invoice_id', p_invoice,
                'state', d.state, 'step', 'reminder:' || p_day));
        END IF;
        UPDATE billing.invoice i SET reminded_at = base.business_now() WHERE i.tenant_id = v.tenant_id AND i.id = p_invoice;
        PERFORM job.emit('invoice.reminded', 'invoice', p_invoice, jsonb_build_object('account_id', v.account_id,
            'number', v.number, 'day', p_day, 'amount_due', v.amount_due, 'currency', v.currency, 'recipients', v_sent));
    END IF;
    PERFORM collect.plan(ARRAY[p_invoice], ARRAY[p_at], ARRAY[p_from], ARRAY[p_step]);
END
$$;

GRANT EXECUTE ON FUNCTION collect.remind(uuid, uuid, integer, boolean, date, timestamptz, timestamptz, text) TO billfold_maild;
