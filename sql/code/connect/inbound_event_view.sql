-- connect.inbound_event_view: what a processor told, as the API shows it.
CREATE VIEW connect.inbound_event_view WITH (security_invoker = true) AS
SELECT
    e.tenant_id, e.id, e.version, e.created_at, e.updated_at, e.archived_at,
    e.processor_id, e.ref, e.type, e.topic, e.object_ref, e.charge_ref, e.subject, e.source, e.happened_at, e.state, e.reason,
    e.applied_at
FROM connect.inbound_event e;

GRANT SELECT ON connect.inbound_event_view TO billfold_api, billfold_paymentd;
