-- billing.account_hold(account, digest): keeps a payer as it was read until the document that was computed from it is
-- written: whoever changes the account waits, and finds the document then. ZB409 where it has changed already.
-- requires: billing.account_digest
CREATE FUNCTION billing.account_hold(p_account uuid, p_digest text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_digest text;
BEGIN
    SELECT billing.account_digest(a) INTO v_digest FROM crm.account a
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_account FOR SHARE;
    IF v_digest IS DISTINCT FROM p_digest THEN
        PERFORM base.raise('ZB409', 'The account has changed meanwhile; try again.');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.account_hold(uuid, text) TO billfold_api, billfold_invoiced;
