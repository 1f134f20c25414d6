-- billing.bill_move(subscriptions, billed): the bill dates of these have been dealt with: the next one of each, NULL where nothing more comes.
-- invoice: the document of this one, NULL where nothing was charged; the discounts that lowered it have one invoice less to lower.
-- requires: job.emit_all
CREATE FUNCTION billing.bill_move(p_id uuid[], p_billed date[], p_next date[], p_invoice uuid[], p_discount uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_versions bigint[];
    v_accounts uuid[];
BEGIN
    -- Paired by hand: the rows are this transaction's own since bill_hold, and come back in any order.
    WITH moved AS (
        UPDATE billing.subscription s SET next_bill_on = w.next
          FROM unnest(p_id, p_billed, p_next) AS w (id, billed, next)
         WHERE s.tenant_id = base.tenant_id() AND s.id = w.id AND s.next_bill_on = w.billed
        RETURNING s.id, s.version, s.account_id)
    SELECT array_agg(m.version ORDER BY w.n), array_agg(m.account_id ORDER BY w.n) INTO v_versions, v_accounts
      FROM unnest(p_id) WITH ORDINALITY AS w (id, n) LEFT JOIN moved m ON m.id = w.id;
    IF array_position(v_versions, NULL) IS NOT NULL THEN
        PERFORM base.raise('ZB409', 'A subscription has been billed meanwhile.');
    END IF;
    UPDATE billing.subscription_discount d SET periods_left = d.periods_left - 1
      FROM unnest(p_id) AS w (id)
     WHERE d.tenant_id = base.tenant_id() AND d.subscription_id = w.id AND d.id = ANY (p_discount) AND d.periods_left IS NOT NULL;
    PERFORM job.emit_all('subscription.billed', 'subscription', array_agg(w.id), array_agg(w.version), array_agg(w.account),
               array_agg(jsonb_build_object('invoice_id', w.invoice, 'billed_on', w.billed, 'next_bill_on', w.next)))
       FROM unnest(p_id, v_versions, v_accounts, p_invoice, p_billed, p_next) AS w (id, version, account, invoice, billed, next);
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_move(uuid[], date[], date[], uuid[], uuid[]) TO billfold_invoiced;
