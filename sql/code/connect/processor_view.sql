-- connect.processor_view: an account at a processor as the API shows it: everything but its secrets.
CREATE VIEW connect.processor_view WITH (security_invoker = true) AS
SELECT
    p.tenant_id, p.id, p.version, p.created_at, p.updated_at, p.archived_at,
    p.kind, p.name, p.mode, p.entity_id, p.is_default, p.state, p.api_key_hint, p.api_key_next_hint,
    CASE WHEN p.api_key_next_hint IS NULL THEN h.key_refused END AS api_key_refused, h.account_ref,
    CASE WHEN p.kind = 'stripe' THEN '/v1/processors/' || p.tenant_id || '.' || p.id || '/webhook' END AS webhook_path,
    CASE WHEN h.trouble_at >= coalesce(p.api_key_at, '-infinity') THEN h.trouble END AS trouble,
    CASE WHEN h.trouble_at >= coalesce(p.api_key_at, '-infinity') THEN h.trouble_at END AS trouble_at,
    h.polled_at
FROM connect.processor p
LEFT JOIN connect.processor_health h ON h.tenant_id = p.tenant_id AND h.processor_id = p.id;

GRANT SELECT ON connect.processor_view TO billfold_program;
