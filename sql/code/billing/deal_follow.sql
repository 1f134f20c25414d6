-- billing.deal_follow(deals, invoices, statuses): how far the billing of deals has come, from their live invoices:
-- the least advanced of them counts, so that a deal is paid when all of it is. What was credited in full bills nothing any more. Invoices that this transaction is about
-- to move are named with the status that they will have. The deals are locked before their invoices are looked at: of two that
-- move documents of one deal the second sees what the first did.
-- requires: job.emit
CREATE FUNCTION billing.deal_follow(p_deals uuid[], p_invoices uuid[] DEFAULT '{}', p_statuses text[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    PERFORM 1 FROM crm.deal d WHERE d.tenant_id = base.tenant_id() AND d.id = ANY (p_deals) ORDER BY d.id FOR NO KEY UPDATE;
    FOR v IN
        UPDATE crm.deal d SET billing_status = s.status
          FROM (SELECT w.id, CASE
                    WHEN count(i.id) = 0 THEN 'none'
                    WHEN bool_or(coalesce(f.status, i.status) IN ('draft', 'pending_approval')) THEN 'draft'
                    WHEN bool_and(coalesce(f.status, i.status) = 'paid') THEN 'paid'
                    WHEN bool_or(i.paid > 0 OR coalesce(f.status, i.status) IN ('partially_paid', 'paid'))
                        THEN 'partially_paid'
                    ELSE 'invoiced' END AS status
                  FROM (SELECT DISTINCT u.id FROM unnest(p_deals) AS u (id) WHERE u.id IS NOT NULL) w
                  -- By its key, whatever the planner believes of tables that have just been filled.
                  LEFT JOIN LATERAL (SELECT x.id, x.status, x.paid FROM billing.invoice x
                       WHERE x.tenant_id = base.tenant_id() AND x.deal_id = w.id AND x.status <> 'void'
                         AND NOT (x.payable > 0 AND x.credited >= x.payable) OFFSET 0) i ON true
                  LEFT JOIN unnest(p_invoices, p_statuses) AS f (id, status) ON f.id = i.id
                 GROUP BY w.id) s
         WHERE d.tenant_id = base.tenant_id() AND d.id = s.id AND d.billing_status <> s.status
        RETURNING d.id, d.billing_status, d.version, d.account_id
    LOOP
        PERFORM job.emit('deal.updated', 'deal', v.id, jsonb_build_object('billing_status', v.billing_status),
            v.version, v.account_id);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION billing.deal_follow(uuid[], uuid[], text[]) TO billfold_program;
