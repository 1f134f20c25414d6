-- crm.account_event(account): what every event of an account tells: the eight facts that a system beside us
-- keeps in step by, as GET /v1/accounts/{id} shows them.
-- requires: crm.account_view
CREATE OR REPLACE FUNCTION crm.account_event(p_account uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object('account_name', a.account_name, 'legal_name', a.legal_name,
            'billing_contact', a.billing_contact, 'invoice_address', a.invoice_address, 'tax_settings', a.tax_settings,
            'payment_terms', a.payment_terms, 'invoices', a.invoices, 'invoices_count', a.invoices_count,
            'invoices_url', a.invoices_url, 'payment_status', a.payment_status)
          FROM crm.account_view a WHERE a.tenant_id = base.tenant_id() AND a.id = p_account);
END
$$;

GRANT EXECUTE ON FUNCTION crm.account_event(uuid) TO billfold_program;
