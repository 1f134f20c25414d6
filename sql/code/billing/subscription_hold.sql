-- billing.subscription_hold(subscription): it is kept as it is until this transaction ends, and what is read after that is what it is. No account,
-- document or series is locked before it that is not locked after it elsewhere: who needs those takes its payer first.
CREATE FUNCTION billing.subscription_hold(p_id uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id FOR NO KEY UPDATE
$$;

GRANT EXECUTE ON FUNCTION billing.subscription_hold(uuid) TO billfold_api, billfold_invoiced;
