-- billing.draft_drop(draft): a draft, which the caller has locked, goes with all that hangs on it; no number was used.
-- The bill date that it was for is skipped, and the discounts that lowered it, be it of a bill date or of a change, have one document more to lower
-- again; a coupon of what is over, which has come to nothing with it, is given back.
-- requires: job.emit, billing.discounts_return
CREATE FUNCTION billing.draft_drop(p_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription_skip;
    v_subscription uuid := (SELECT i.subscription_id FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id);
BEGIN
    INSERT INTO billing.subscription_skip (subscription_id, period_start, period_end, invoice_id)
    SELECT i.subscription_id, i.period_start, i.period_end, i.id
      FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id AND i.period_start IS NOT NULL
    RETURNING * INTO v;
    IF FOUND THEN
        PERFORM job.emit('subscription.period_skipped', 'subscription', v.subscription_id,
            jsonb_build_object('period_start', v.period_start, 'period_end', v.period_end, 'invoice_id', p_id));
    END IF;
    UPDATE billing.subscription_discount d SET periods_left = d.periods_left + 1,
           lowered_on = (SELECT max(o.lowered_on) FROM billing.discount_use o WHERE o.tenant_id = d.tenant_id AND o.subscription_id = d.subscription_id
                AND o.discount_id = d.id AND o.invoice_id <> p_id)
      FROM billing.discount_use u
     WHERE u.tenant_id = base.tenant_id() AND u.invoice_id = p_id
       AND d.tenant_id = u.tenant_id AND d.subscription_id = u.subscription_id AND d.id = u.discount_id;
    PERFORM job.emit('invoice.deleted', 'invoice', i.id, jsonb_build_object('account_id', i.account_id,
               'deal_id', i.deal_id), i.version + 1)
       FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id;
    DELETE FROM meta.external_id x WHERE x.tenant_id = base.tenant_id() AND x.object_id = p_id AND x.resource = 'invoice';
    DELETE FROM meta.custom_value x WHERE x.tenant_id = base.tenant_id() AND x.object_id = p_id;
    DELETE FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_id;
    IF v_subscription IS NOT NULL THEN
        PERFORM billing.discounts_return(v_subscription);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.draft_drop(uuid) TO billfold_program;
