-- billing.skip_end(subscription, date, invoice, discounts): a bill date that was skipped has been billed after all, by this document, which these
-- discounts have lowered.
-- requires: billing.discounts_use, billing.discounts_return, job.emit
CREATE FUNCTION billing.skip_end(p_id uuid, p_on date, p_invoice uuid, p_discount uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM billing.subscription_skip k WHERE k.tenant_id = base.tenant_id() AND k.subscription_id = p_id AND k.period_start = p_on;
    PERFORM billing.discounts_use(ARRAY[p_id], ARRAY[p_invoice], p_discount);
    PERFORM billing.discounts_return(p_id);
    PERFORM job.emit('subscription.billed', 'subscription', p_id, jsonb_build_object('invoice_id', p_invoice, 'billed_on', p_on));
END
$$;

GRANT EXECUTE ON FUNCTION billing.skip_end(uuid, date, uuid, uuid[]) TO billfold_api, billfold_invoiced;
