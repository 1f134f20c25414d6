-- billing.subscription_view: a subscription with what it charges today.
-- requires: billing.item_json, billing.subscription_today, billing.plan_on
CREATE VIEW billing.subscription_view WITH (security_invoker = true) AS
SELECT
    s.tenant_id, s.id, s.version, s.created_at, s.updated_at, s.archived_at,
    s.name, s.account_id, s.entity_id, s.deal_id, s.plan_id, s.plan_version_id, s.location_id, s.origin, s.state, s.currency,
    s.start_date, s.alignment, s.trial_end, s.term, s.term_end, s.auto_renew, s.notice_days, s.end_date, s.cancelled_at,
    s.cancel_reason, s.paused_on, s.pause_credit, s.pause_extends_term, s.resume_on, s.resume_anew, s.billing_mode, s.po_number, s.discount_percent, s.notes, s.parked_at,
    s.keeps_price, s.expired_noticed_at, s.purge_asked_at, s.purge_asked_by, s.purge_reason,
    s.park_code, s.park_reason, s.park_task_id, s.custom,
    (SELECT r.retry_at FROM billing.subscription_retry r WHERE r.tenant_id = s.tenant_id AND r.subscription_id = s.id) AS retry_at,
    coalesce((SELECT k.anchor FROM billing.subscription_today(s) d
                JOIN billing.subscription_item k ON k.tenant_id = s.tenant_id AND k.subscription_id = s.id
                 AND k.valid_from <= d.day AND (k.valid_to IS NULL OR k.valid_to > d.day)
               ORDER BY k.plan_version_id IS NULL, k.anchor LIMIT 1), s.anchor) AS anchor,
    -- The end of a term that goes on is a bill date as soon as it has been renewed.
    coalesce(s.next_bill_on, CASE WHEN s.state IN ('active', 'unpaid') AND s.auto_renew AND s.end_date IS NULL
        AND s.paused_on IS NULL THEN s.term_end END) AS next_bill_on,
    (SELECT d.period_start FROM billing.subscription_today(s) d) AS current_period_start,
    (SELECT d.period_end FROM billing.subscription_today(s) d) AS current_period_end,
    (SELECT s.state IN ('active', 'unpaid') AND d.today >= s.start_date AND d.today < s.trial_end FROM billing.subscription_today(s) d) AS in_trial,
    (SELECT coalesce(json_agg(billing.item_json(k) ORDER BY k.position), '[]')
       FROM billing.subscription_today(s) d
       JOIN billing.subscription_item k ON k.tenant_id = s.tenant_id AND k.subscription_id = s.id
        AND (d.day IS NULL OR ((k.valid_from IS NULL OR k.valid_from <= d.day) AND (k.valid_to IS NULL OR k.valid_to > d.day)))) AS items,
    (SELECT coalesce(json_agg(billing.item_json(k) ORDER BY k.position), '[]')
       FROM billing.subscription_today(s) d
       JOIN billing.subscription_item k ON k.tenant_id = s.tenant_id AND k.subscription_id = s.id
        AND k.valid_from > d.day AND (k.valid_to IS NULL OR k.valid_to > k.valid_from)) AS upcoming_items,
    (SELECT coalesce(json_agg(json_build_object('date', q.day, 'plan_id', p.plan_id, 'plan_version_id', p.plan_version_id,
                'begins', (SELECT coalesce(json_agg(billing.item_json(k) ORDER BY k.position), '[]') FROM billing.subscription_item k
                            WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id AND k.valid_from = q.day
                              AND (k.valid_to IS NULL OR k.valid_to > k.valid_from)),
                'ends', (SELECT coalesce(json_agg(billing.item_json(k) ORDER BY k.position), '[]') FROM billing.subscription_item k
                          WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id AND k.valid_to = q.day
                            AND (k.valid_from IS NULL OR k.valid_from < k.valid_to))) ORDER BY q.day), '[]')
       FROM billing.subscription_today(s) d
      CROSS JOIN LATERAL (SELECT DISTINCT w.day FROM billing.subscription_item k CROSS JOIN LATERAL (VALUES (k.valid_from), (k.valid_to)) w (day)
             WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id AND w.day > CASE WHEN s.state = 'pending' THEN d.day ELSE d.today END
               AND (s.end_date IS NULL OR w.day < s.end_date)
               AND (k.valid_to IS NULL OR k.valid_from IS NULL OR k.valid_to > k.valid_from)) q
       LEFT JOIN LATERAL billing.plan_on(s.id, q.day) p ON true) AS scheduled,
    (SELECT coalesce(json_agg(billing.item_json(k) ORDER BY k.position), '[]')
       FROM billing.subscription_item k WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id) AS item_history,
    (SELECT coalesce(json_agg(json_build_object('id', k.id, 'coupon_id', k.coupon_id, 'name', k.name,
                'percent', trim_scale(k.percent)::text, 'amount', k.amount, 'periods_left', k.periods_left,
                'valid_from', k.valid_from, 'valid_to', k.valid_to, 'of_phase', k.of_phase, 'product_ids', k.product_ids, 'charges', k.charges,
                'returned_at', base.instant(k.returned_at)) ORDER BY k.position), '[]')
       FROM billing.subscription_discount k WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id) AS discounts,
    (SELECT coalesce(json_agg(json_build_object('starts_on', k.starts_on, 'ends_on', k.ends_on, 'credit', k.keeps_until IS NULL)
                ORDER BY k.starts_on), '[]')
       FROM billing.subscription_pause k WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id) AS pauses,
    (SELECT coalesce(json_agg(json_build_object('period_start', k.period_start, 'period_end', k.period_end, 'invoice_id', k.invoice_id,
                'skipped_at', base.instant(k.skipped_at)) ORDER BY k.period_start), '[]')
       FROM billing.subscription_skip k WHERE k.tenant_id = s.tenant_id AND k.subscription_id = s.id) AS skipped,
    (SELECT coalesce(json_agg(json_build_object('term_end', n.term_end, 'days_before', n.days_before, 'noticed_at', base.instant(n.noticed_at), 'renews', n.renews,
                'plan_version_id', n.plan_version_id, 'term_net', n.term_net, 'term_total', n.term_total)
                ORDER BY n.noticed_at, n.days_before DESC), '[]')
       FROM billing.subscription_notice n WHERE n.tenant_id = s.tenant_id AND n.subscription_id = s.id) AS notices,
    (SELECT coalesce(json_agg(k.id ORDER BY k.id DESC), '[]')
       FROM (SELECT i.id FROM billing.invoice i WHERE i.tenant_id = s.tenant_id AND i.subscription_id = s.id
              ORDER BY i.id DESC LIMIT 24) k) AS invoices
FROM billing.subscription s;

GRANT SELECT ON billing.subscription_view TO billfold_program;
