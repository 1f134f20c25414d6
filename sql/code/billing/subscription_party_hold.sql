-- billing.subscription_party_hold(subscription): a subscription is kept as it is, after whom it is billed to and where it is supplied to, and before the
-- documents that it has: for a change that makes a document.
-- requires: billing.party_hold, billing.subscription_hold
CREATE FUNCTION billing.subscription_party_hold(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing.party_hold(s.account_id, s.location_id) FROM billing.subscription s
      WHERE s.tenant_id = base.tenant_id() AND s.id = p_id;
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.subscription_id = p_id AND i.number IS NOT NULL
      ORDER BY i.id FOR UPDATE;
    PERFORM billing.subscription_hold(p_id);
END
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_party_hold(uuid) TO billfold_api, billfold_invoiced;
