-- billing.deal_follow(deals): how far the billing of deals has come, from their live invoices: the least advanced of
-- them counts, so that a deal is paid when all of it is.
-- requires: job.emit
CREATE FUNCTION billing.deal_follow(p_deals uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        UPDATE crm.deal d SET billing_status = s.status
          FROM (SELECT w.id, CASE
                    WHEN count(i.id) = 0 THEN 'none'
                    WHEN bool_or(i.status IN ('draft', 'pending_approval')) THEN 'draft'
                    WHEN bool_and(i.status = 'paid') THEN 'paid'
                    WHEN bool_or(i.paid > 0) THEN 'partially_paid'
                    ELSE 'invoiced' END AS status
                  FROM (SELECT DISTINCT u.id FROM unnest(p_deals) AS u (id) WHERE u.id IS NOT NULL) w
                  LEFT JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.deal_id = w.id
                       AND i.status <> 'void'
                 GROUP BY w.id) s
         WHERE d.tenant_id = base.tenant_id() AND d.id = s.id AND d.billing_status <> s.status
        RETURNING d.id, d.billing_status
    LOOP
        PERFORM job.emit('deal.updated', 'deal', v.id, jsonb_build_object('billing_status', v.billing_status));
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION billing.deal_follow(uuid[]) TO billfold_program;
