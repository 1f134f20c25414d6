-- billing.discounts_move(subscription, discounts, from, to): each of these lowers bill dates from a day on, NULL: from the first, to before another,
-- NULL: to the last; those that have lowered none, and can lower none any more, are given back.
-- requires: billing.discounts_return
CREATE FUNCTION billing.discounts_move(p_subscription uuid, p_ids uuid[], p_from date[], p_to date[]) RETURNS void
LANGUAGE sql AS $$
    UPDATE billing.subscription_discount d SET valid_from = w.first_day, valid_to = w.until
      FROM unnest(p_ids, p_from, p_to) AS w (id, first_day, until)
     WHERE d.tenant_id = base.tenant_id() AND d.subscription_id = p_subscription AND d.id = w.id;
    SELECT billing.discounts_return(p_subscription)
$$;

GRANT EXECUTE ON FUNCTION billing.discounts_move(uuid, uuid[], date[], date[]) TO billfold_api, billfold_invoiced;
