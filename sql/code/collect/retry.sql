-- collect.retry(attempt, invoice): a planned try is due: it is made only while the case is active, something is due and
-- the payer's consent stands. Returns whether an attempt was started.
-- requires: payment.attempt_start
CREATE OR REPLACE FUNCTION collect.retry(p_attempt uuid, p_invoice uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_method payment.method;
BEGIN
    PERFORM 1 FROM collect.dunning d
      WHERE d.tenant_id = base.tenant_id() AND d.invoice_id = p_invoice AND d.state = 'active' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT m.* INTO v_method
      FROM billing.invoice i
      JOIN payment.method m ON m.tenant_id = i.tenant_id AND m.account_id = i.account_id
     WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice AND i.amount_due > 0
       AND i.status IN ('open', 'partially_paid') AND i.dispute_status <> 'disputed'
       AND m.state = 'active' AND m.off_session
       AND NOT EXISTS (SELECT FROM payment.attempt a WHERE a.tenant_id = i.tenant_id AND a.invoice_id = i.id
           AND a.state IN ('new', 'in_flight', 'unknown'))
     ORDER BY m.is_default DESC, m.id LIMIT 1;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM payment.attempt_start(p_attempt, p_invoice, v_method.id, v_method.processor, NULL, 'retry');
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION collect.retry(uuid, uuid) TO billfold_paymentd;
