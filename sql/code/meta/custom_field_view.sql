-- meta.custom_field_view: a custom field's definition as the API shows it.
CREATE VIEW meta.custom_field_view WITH (security_invoker = true) AS
SELECT
    f.tenant_id, f.id, f.version, f.created_at, f.updated_at, f.archived_at,
    f.resource, f.key, f.label, f.type, f.choices, f.required, f.filterable, f.position
FROM meta.custom_field f;

GRANT SELECT ON meta.custom_field_view TO billfold_program;
