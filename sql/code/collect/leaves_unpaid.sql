-- collect.leaves_unpaid(subscription): a document of it has been handed over to a person, and by its policy it is unpaid until that is settled.
CREATE FUNCTION collect.leaves_unpaid(p_subscription uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM billing.invoice i
          JOIN collect.dunning d ON d.tenant_id = i.tenant_id AND d.invoice_id = i.id AND d.state = 'handed_over'
          JOIN collect.policy p ON p.tenant_id = d.tenant_id AND p.id = d.policy_id AND p.final_action = 'mark_unpaid'
         WHERE i.tenant_id = base.tenant_id() AND i.subscription_id = p_subscription AND i.amount_due > 0);
END
$$;

GRANT EXECUTE ON FUNCTION collect.leaves_unpaid(uuid) TO billfold_program;
