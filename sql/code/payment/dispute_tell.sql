-- payment.dispute_tell(dispute): its invoice and the people say how it stands: disputed while it is open, with a task; won or lost
-- at the end, unless another dispute of the invoice is open still. An inquiry that comes to nothing makes nothing won, nor
-- does one won dispute beside another that is lost.
-- requires: job.emit, crm.task_raise, crm.task_settle
CREATE OR REPLACE FUNCTION payment.dispute_tell(p_dispute uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    d payment.dispute;
    i billing.invoice;
    v_attempt uuid;
    v_status text;
BEGIN
    SELECT * INTO d FROM payment.dispute x WHERE x.tenant_id = base.tenant_id() AND x.id = p_dispute;
    SELECT p.attempt_id INTO v_attempt FROM payment.payment p WHERE p.tenant_id = d.tenant_id AND p.id = d.payment_id;
    SELECT CASE WHEN count(*) FILTER (WHERE x.state IN ('open', 'inquiry')) = 0 THEN d.state
                WHEN count(*) FILTER (WHERE x.state = 'open') > 0 THEN 'disputed' END INTO v_status
      FROM payment.dispute x WHERE x.tenant_id = d.tenant_id AND x.invoice_id = d.invoice_id;
    UPDATE billing.invoice b SET dispute_status = v_status
     WHERE b.tenant_id = d.tenant_id AND b.id = d.invoice_id AND b.dispute_status <> v_status
       AND (v_status <> 'won' OR b.dispute_status = 'disputed' OR (b.dispute_status = 'lost' AND NOT EXISTS (
            SELECT FROM payment.dispute x WHERE x.tenant_id = d.tenant_id AND x.invoice_id = d.invoice_id AND x.state = 'lost')))
    RETURNING * INTO i;
    IF FOUND THEN
        PERFORM job.emit(CASE v_status WHEN 'disputed' THEN 'invoice.disputed' ELSE 'invoice.dispute_' || v_status END, 'invoice', i.id,
            jsonb_build_object('number', i.number, 'account_id', i.account_id, 'deal_id', i.deal_id, 'attempt_id', v_attempt,
                'dispute_id', d.id, 'amount', d.amount, 'currency', d.currency, 'reason', d.reason), i.version);
    END IF;
    IF d.state IN ('won', 'lost') THEN
        PERFORM crm.task_settle('dispute:' || d.id);
        RETURN;
    END IF;
    SELECT * INTO i FROM billing.invoice b WHERE b.tenant_id = d.tenant_id AND b.id = d.invoice_id;
    PERFORM crm.task_raise(base.new_id(), 'dispute:' || d.id, 'dispute', format('The payment of %s is disputed', i.number),
        'The payer has called the bank. Answer with what shows that it was delivered before the bank decides.',
        base.business_today() + 1, coalesce(i.owner_id, (SELECT a.owner_id FROM crm.account a
            WHERE a.tenant_id = i.tenant_id AND a.id = i.account_id)), i.account_id, i.deal_id, i.id);
END
$$;

GRANT EXECUTE ON FUNCTION payment.dispute_tell(uuid) TO billfold_paymentd;
