-- payment.hold(accounts): what an account owes and what it has paid in advance are moved by one transaction at a time.
-- Whoever receives, applies or finalizes holds the payers first, in the order of their ids; documents, payments,
-- deals and series come after. Without it a payment and a document that come at the same time would miss each other.
CREATE OR REPLACE FUNCTION payment.hold(p_accounts uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM crm.account a
      WHERE a.tenant_id = base.tenant_id() AND a.id = ANY (p_accounts) ORDER BY a.id FOR NO KEY UPDATE;
END
$$;

GRANT EXECUTE ON FUNCTION payment.hold(uuid[]) TO billfold_api, billfold_invoiced, billfold_paymentd;
