-- collect.case_open(invoice, policy, id): the invoice's case, locked: opened (as id, where the program made one) where there is none,
-- begun anew where what was resolved is due again. The caller has locked the invoice.
-- requires: job.emit
CREATE OR REPLACE FUNCTION collect.case_open(p_invoice billing.invoice, p_policy uuid, p_id uuid DEFAULT NULL)
RETURNS collect.dunning
LANGUAGE plpgsql AS $$
DECLARE
    v collect.dunning;
    v_owner uuid;
BEGIN
    SELECT d.* INTO v FROM collect.dunning d
     WHERE d.tenant_id = base.tenant_id() AND d.invoice_id = p_invoice.id FOR UPDATE;
    IF v.state <> 'resolved' THEN
        RETURN v;
    END IF;
    SELECT coalesce(a.owner_id, p.collector_id, p_invoice.owner_id) INTO v_owner
      FROM crm.account a, collect.policy p
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_invoice.account_id AND p.tenant_id = a.tenant_id AND p.id = p_policy;
    INSERT INTO collect.dunning AS d (id, invoice_id, account_id, policy_id, owner_id)
    VALUES (coalesce(p_id, base.new_id()), p_invoice.id, p_invoice.account_id, p_policy, v_owner)
    ON CONFLICT (tenant_id, invoice_id) DO UPDATE
       SET state = 'active', policy_id = excluded.policy_id, owner_id = excluded.owner_id, step = NULL,
           first_declined_on = NULL, plan_from = NULL, paused_on = NULL, stopped = false, stopped_method_id = NULL,
           hold_reason = NULL
    RETURNING d.* INTO v;
    PERFORM job.emit(CASE v.version WHEN 1 THEN 'dunning.created' ELSE 'dunning.reopened' END, 'dunning', v.id,
        jsonb_build_object('invoice_id', v.invoice_id, 'account_id', v.account_id, 'policy_id', v.policy_id,
            'owner_id', v.owner_id, 'state', v.state));
    RETURN v;
END
$$;

GRANT EXECUTE ON FUNCTION collect.case_open(billing.invoice, uuid, uuid) TO billfold_api, billfold_paymentd, billfold_maild;
