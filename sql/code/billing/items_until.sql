-- billing.items_until(subscription, items, days): each of these is charged to before its day; NULL: to the end.
CREATE FUNCTION billing.items_until(p_subscription uuid, p_items uuid[], p_days date[]) RETURNS void
LANGUAGE sql AS $$
    UPDATE billing.subscription_item i SET valid_to = w.until
      FROM unnest(p_items, p_days) AS w (id, until)
     WHERE i.tenant_id = base.tenant_id() AND i.subscription_id = p_subscription AND i.id = w.id
$$;

GRANT EXECUTE ON FUNCTION billing.items_until(uuid, uuid[], date[]) TO billfold_api, billfold_invoiced;
