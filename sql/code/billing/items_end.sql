-- billing.items_end(subscription, items, day): these are charged for no day from this one on.
CREATE FUNCTION billing.items_end(p_subscription uuid, p_items uuid[], p_day date) RETURNS void
LANGUAGE sql AS $$
    UPDATE billing.subscription_item i SET valid_to = p_day
     WHERE i.tenant_id = base.tenant_id() AND i.subscription_id = p_subscription AND i.id = ANY (p_items)
$$;

GRANT EXECUTE ON FUNCTION billing.items_end(uuid, uuid[], date) TO billfold_api, billfold_invoiced;
