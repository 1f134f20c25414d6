-- billing.bill_move(subscriptions, billed): the bill dates of these have been dealt with: the next one of each, NULL where nothing more comes.
-- invoice: the document that this transaction makes of this one, NULL where nothing was charged.
-- What was parked is so no more, and what is left of its cause is tried again; what has come to its end, and waited for this, ends.
-- requires: job.emit_all, job.emit, billing.park_end, billing.subscription_follow
CREATE FUNCTION billing.bill_move(p_id uuid[], p_billed date[], p_next date[], p_invoice uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_versions bigint[];
    v_accounts uuid[];
    v_parked uuid[] := ARRAY(SELECT r.subscription_id FROM billing.subscription_retry r
                              WHERE r.tenant_id = base.tenant_id() AND r.subscription_id = ANY (p_id));
    v_tasks uuid[] := ARRAY(SELECT s.park_task_id FROM billing.subscription s
                             WHERE s.tenant_id = base.tenant_id() AND s.id = ANY (p_id) AND s.park_task_id IS NOT NULL);
BEGIN
    -- Paired by hand: the rows are this transaction's own since bill_hold, and come back in any order.
    WITH moved AS (
        UPDATE billing.subscription s SET next_bill_on = w.next, parked_at = NULL, park_code = NULL, park_reason = NULL, park_task_id = NULL
          FROM unnest(p_id, p_billed, p_next) AS w (id, billed, next)
         WHERE s.tenant_id = base.tenant_id() AND s.id = w.id AND s.next_bill_on = w.billed
        RETURNING s.id, s.version, s.account_id)
    SELECT array_agg(m.version ORDER BY w.n), array_agg(m.account_id ORDER BY w.n) INTO v_versions, v_accounts
      FROM unnest(p_id) WITH ORDINALITY AS w (id, n) LEFT JOIN moved m ON m.id = w.id;
    IF array_position(v_versions, NULL) IS NOT NULL THEN
        PERFORM base.raise('ZB409', 'A subscription has been billed meanwhile.');
    END IF;
    -- One that a subscription has come back to, by a pause that was taken back.
    DELETE FROM billing.subscription_skip k USING unnest(p_id, p_billed) AS w (id, billed)
     WHERE k.tenant_id = base.tenant_id() AND k.subscription_id = w.id AND k.period_start = w.billed;
    IF v_parked <> '{}' THEN
        DELETE FROM billing.subscription_retry r WHERE r.tenant_id = base.tenant_id() AND r.subscription_id = ANY (v_parked);
        PERFORM job.emit('subscription.released', 'subscription', w.id) FROM unnest(v_parked) AS w (id);
    END IF;
    IF v_tasks <> '{}' THEN
        PERFORM billing.park_end(v_tasks);
    END IF;
    PERFORM job.emit_all('subscription.billed', 'subscription', array_agg(w.id), array_agg(w.version), array_agg(w.account),
               array_agg(jsonb_build_object('invoice_id', w.invoice, 'billed_on', w.billed, 'next_bill_on', w.next)))
       FROM unnest(p_id, v_versions, v_accounts, p_invoice, p_billed, p_next) AS w (id, version, account, invoice, billed, next);
    PERFORM billing.subscription_follow(s.id)
       FROM unnest(p_id, p_next) AS w (id, next)
       JOIN billing.subscription s ON s.tenant_id = base.tenant_id() AND s.id = w.id AND s.end_date IS NOT NULL
      WHERE w.next IS NULL;
END
$$;

GRANT EXECUTE ON FUNCTION billing.bill_move(uuid[], date[], date[], uuid[]) TO billfold_invoiced;
