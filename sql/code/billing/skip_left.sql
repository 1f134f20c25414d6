-- billing.skip_left(subscription, date): what was left of a bill date that was skipped, besides what changes have billed of it, is billed by a document of its own:
-- it is skipped no more.
-- requires: billing.discounts_return
CREATE FUNCTION billing.skip_left(p_id uuid, p_on date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM billing.subscription_skip k WHERE k.tenant_id = base.tenant_id() AND k.subscription_id = p_id AND k.period_start = p_on;
    PERFORM billing.discounts_return(p_id);
END
$$;

GRANT EXECUTE ON FUNCTION billing.skip_left(uuid, date) TO billfold_api, billfold_invoiced;
