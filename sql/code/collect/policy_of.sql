-- collect.policy_of(invoice, account): the policy that holds for an invoice: its open case's, else the account's, else the tenant's default.
CREATE OR REPLACE FUNCTION collect.policy_of(p_invoice uuid, p_account uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(
            (SELECT d.policy_id FROM collect.dunning d
              WHERE d.tenant_id = base.tenant_id() AND d.invoice_id = p_invoice AND d.state <> 'resolved'),
            (SELECT a.dunning_policy_id FROM crm.account a WHERE a.tenant_id = base.tenant_id() AND a.id = p_account),
            (SELECT p.id FROM collect.policy p WHERE p.tenant_id = base.tenant_id() AND p.is_default)));
END
$$;

GRANT EXECUTE ON FUNCTION collect.policy_of(uuid, uuid) TO billfold_program;
