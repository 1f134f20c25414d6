-- collect.resolve(invoices): nothing is due any more: the case is closed, what was planned falls away (each step
-- looks at the case before it acts), and the task that was opened for it is done.
-- requires: crm.task_settle
CREATE OR REPLACE FUNCTION collect.resolve(p_invoices uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v uuid;
BEGIN
    FOR v IN
        UPDATE collect.dunning d SET state = 'resolved', next_action_at = NULL
          FROM billing.invoice i
         WHERE d.tenant_id = base.tenant_id() AND d.invoice_id = ANY (p_invoices) AND d.state <> 'resolved'
           AND i.tenant_id = d.tenant_id AND i.id = d.invoice_id AND i.amount_due = 0
        RETURNING d.invoice_id
    LOOP
        PERFORM crm.task_settle('payment_failed:' || v);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION collect.resolve(uuid[]) TO billfold_program;
