-- billing.party_hold(account, location): whoever is billed, and where it is supplied to, are kept as they are until this transaction ends:
-- the account's payer too, against payments and other documents. For a document that is decided on after that.
-- requires: payment.hold, crm.payer
CREATE FUNCTION billing.party_hold(p_account uuid, p_location uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM crm.location l WHERE l.tenant_id = base.tenant_id() AND l.id = p_location FOR SHARE;
    PERFORM payment.hold(ARRAY[p_account, crm.payer(p_account)]);
END
$$;

GRANT EXECUTE ON FUNCTION billing.party_hold(uuid, uuid) TO billfold_api, billfold_invoiced;
