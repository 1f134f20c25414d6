-- collect.tell_owner(invoice, decline code): the one open task of a case: opened the first time, brought up to date when it comes up
-- again. Who owns it is whose the case is.
-- requires: crm.task_raise
CREATE OR REPLACE FUNCTION collect.tell_owner(p_invoice uuid, p_code text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
    d collect.dunning;
    v_today date;
BEGIN
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice;
    SELECT * INTO d FROM collect.dunning x WHERE x.tenant_id = v.tenant_id AND x.invoice_id = p_invoice;
    v_today := base.business_today(coalesce(v.payer ->> 'time_zone', v.seller ->> 'time_zone'));
    PERFORM crm.task_raise(base.new_id(), 'dunning:' || p_invoice,
        CASE WHEN d.declines > 0 THEN 'payment_failed' ELSE 'overdue' END,
        left(CASE WHEN d.declines > 0 THEN format('Payment of %s was declined', v.number)
             ELSE format('%s is unpaid %s days after it was due', v.number, v_today - v.due_date) END, 200),
        concat_ws(' ',
            CASE WHEN p_code IS NOT NULL THEN format('Declined %s time(s), last with %s.', d.declines, p_code) END,
            CASE WHEN d.state = 'handed_over' THEN 'Nothing further happens by itself until the case is released.'
                 WHEN d.paused_on IS NOT NULL THEN 'No method may be charged by itself: the customer has to act.' END),
        v_today + 1, d.owner_id, v.account_id, v.deal_id, p_invoice);
END
$$;

GRANT EXECUTE ON FUNCTION collect.tell_owner(uuid, text) TO billfold_api, billfold_paymentd, billfold_maild;
