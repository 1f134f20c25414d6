-- collect.facts(invoices): what each step of collection is decided on, a row a final invoice. The zone is the account's, else the
-- seller's, else the tenant's. now: business time in microseconds since 1970. threshold: what must be due for a campaign, NULL: anything. case_id names a resolved case too.
-- is_processing: a bank has a payment of it, and takes days; in_flight: some attempt's outcome is open.
-- requires: collect.method_of, collect.policy_of, tenant.module_on
CREATE OR REPLACE FUNCTION collect.facts(p_invoices uuid[])
RETURNS TABLE (invoice_id uuid, is_open boolean, is_disputed boolean, due_date date, amount_due bigint, threshold bigint,
    zone text, now bigint, policy_id uuid, retry_days integer[], reminder_days integer[], hand_over_day integer,
    state text, plan_from date, paused_on date, may_charge boolean, case_id uuid, is_processing boolean, in_flight boolean)
LANGUAGE sql STABLE AS $$
    SELECT i.id, i.status IN ('open', 'partially_paid') AND i.amount_due > 0 AND i.kind <> 'pro_forma'
               AND tenant.module_on('collection'),
           i.dispute_status = 'disputed', i.due_date, i.amount_due,
           (SELECT min(t.amount) FROM jsonb_to_recordset(p.thresholds) AS t (currency text, amount bigint)
             WHERE t.currency = i.currency),
           coalesce(a.time_zone, e.time_zone, NULLIF(current_setting('app.zone', true), ''), 'UTC'),
           (extract(epoch FROM base.business_now()) * 1000000)::bigint,
           p.id, p.retry_days, p.reminder_days, p.hand_over_day,
           d.state, d.plan_from, d.paused_on,
           collect.method_of(i.account_id, coalesce(d.stopped, false), d.stopped_method_id) IS NOT NULL,
           (SELECT c.id FROM collect.dunning c WHERE c.tenant_id = i.tenant_id AND c.invoice_id = i.id),
           i.amount_processing > 0,
           EXISTS (SELECT FROM payment.attempt t WHERE t.tenant_id = i.tenant_id AND t.invoice_id = i.id
                      AND t.state IN ('new', 'in_flight', 'unknown'))
      FROM billing.invoice i
      JOIN crm.account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
      JOIN tenant.entity e ON e.tenant_id = i.tenant_id AND e.id = i.entity_id
      LEFT JOIN collect.dunning d ON d.tenant_id = i.tenant_id AND d.invoice_id = i.id AND d.state <> 'resolved'
      JOIN collect.policy p ON p.tenant_id = i.tenant_id AND p.id = collect.policy_of(i.id, i.account_id)
     WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_invoices) AND i.number IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION collect.facts(uuid[]) TO billfold_program;
