-- billing.items_move(subscription, items, from, to, anchors): the days of these of one that has not begun become others, NULL: from its first one, to the
-- end, the subscription's anchor. For no day at first, so that at no time two of a lineage are charged on one.
CREATE FUNCTION billing.items_move(p_subscription uuid, p_items uuid[], p_from date[], p_to date[], p_anchor date[]) RETURNS void
LANGUAGE sql AS $$
    UPDATE billing.subscription_item i SET valid_to = i.valid_from
     WHERE i.tenant_id = base.tenant_id() AND i.subscription_id = p_subscription AND i.id = ANY (p_items) AND i.valid_from IS NOT NULL;
    UPDATE billing.subscription_item i SET valid_from = w.first_day, valid_to = w.until, anchor = w.anchor
      FROM unnest(p_items, p_from, p_to, p_anchor) AS w (id, first_day, until, anchor)
     WHERE i.tenant_id = base.tenant_id() AND i.subscription_id = p_subscription AND i.id = w.id
$$;

GRANT EXECUTE ON FUNCTION billing.items_move(uuid, uuid[], date[], date[], date[]) TO billfold_api;
