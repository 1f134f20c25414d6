-- collect.retry(attempt, invoice): a planned try is due: it is made only while the case is active and running and something is due.
-- Returns whether an attempt was started. Where the invoice is disputed, another attempt in flight, or another method may be charged than the caller
-- saw, or none, nothing happens and the caller decides anew (ZB409): a try that is not made must be planned for another day. The method is held
-- first, so that nobody removes it meanwhile, then the invoice, then the case, as everywhere.
-- requires: payment.attempt_start, collect.method_of
CREATE OR REPLACE FUNCTION collect.retry(p_attempt uuid, p_invoice uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
    d collect.dunning;
    m payment.method;
BEGIN
    SELECT x.* INTO m FROM collect.dunning c
      JOIN payment.method x ON x.tenant_id = c.tenant_id AND x.id = collect.method_of(c.account_id, c.stopped, c.stopped_method_id)
     WHERE c.tenant_id = base.tenant_id() AND c.invoice_id = p_invoice FOR SHARE OF x;
    SELECT * INTO v FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice FOR UPDATE;
    SELECT * INTO d FROM collect.dunning x WHERE x.tenant_id = v.tenant_id AND x.invoice_id = p_invoice FOR UPDATE;
    IF d.state IS DISTINCT FROM 'active' OR d.paused_on IS NOT NULL
        OR v.status NOT IN ('open', 'partially_paid') OR v.amount_due = 0 THEN
        RETURN false;
    ELSIF m.id IS NULL OR v.dispute_status = 'disputed' OR EXISTS (SELECT FROM payment.attempt a
             WHERE a.tenant_id = v.tenant_id AND a.invoice_id = p_invoice AND a.state IN ('new', 'in_flight', 'unknown'))
        OR collect.method_of(d.account_id, d.stopped, d.stopped_method_id) IS DISTINCT FROM m.id THEN
        PERFORM base.raise('ZB409', 'What may be charged has changed meanwhile.');
    END IF;
    PERFORM payment.attempt_start(p_attempt, p_invoice, m.id, m.processor, NULL, 'retry', p_off_session => true);
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION collect.retry(uuid, uuid) TO billfold_paymentd;
