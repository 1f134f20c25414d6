-- collect.policy_view: a dunning policy as the API shows it.
CREATE VIEW collect.policy_view WITH (security_invoker = true) AS
SELECT
    p.tenant_id, p.id, p.version, p.created_at, p.updated_at, p.archived_at,
    p.name, p.is_default, p.retry_days, p.reminder_days, p.hand_over_day, p.thresholds, p.final_action, p.collector_id
FROM collect.policy p;

GRANT SELECT ON collect.policy_view TO billfold_program;
