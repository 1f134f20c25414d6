-- billing.account_hold(account, location, digest): keeps a payer, and the location that is supplied to, as they were read until
-- the document that was computed from them is written: whoever changes them waits, and finds the document then.
-- ZB409 where they have changed already.
-- requires: billing.party_digest
CREATE FUNCTION billing.account_hold(p_account uuid, p_location uuid, p_digest text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_location crm.location;
    v_digest text;
BEGIN
    IF p_location IS NOT NULL THEN
        SELECT * INTO v_location FROM crm.location l WHERE l.tenant_id = base.tenant_id() AND l.id = p_location FOR SHARE;
    END IF;
    SELECT billing.party_digest(a, v_location) INTO v_digest FROM crm.account a
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_account FOR SHARE;
    IF v_digest IS DISTINCT FROM p_digest THEN
        PERFORM base.raise('ZB409', 'The account has changed meanwhile; try again.');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.account_hold(uuid, uuid, text) TO billfold_api, billfold_invoiced;
