-- collect.dunning_view: a case as the API shows it. What comes next is read from the schedules.
-- requires: collect.method_of, collect.next_step
CREATE VIEW collect.dunning_view WITH (security_invoker = true) AS
SELECT
    d.tenant_id, d.id, d.version, d.created_at, d.updated_at, d.archived_at,
    d.invoice_id, d.account_id, d.policy_id, d.state, d.step, d.declines, d.reminders, d.first_declined_on,
    d.hold_reason, d.owner_id,
    (SELECT n.action FROM collect.next_step(d.invoice_id) n) AS next_action,
    (SELECT n.at FROM collect.next_step(d.invoice_id) n) AS next_action_at,
    d.state <> 'resolved' AND collect.method_of(d.account_id, d.stopped, d.stopped_method_id) IS NULL AS awaits_method
FROM collect.dunning d;

GRANT SELECT ON collect.dunning_view TO billfold_program;
