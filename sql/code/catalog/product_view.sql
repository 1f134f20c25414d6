-- catalog.product_view: a product as the API shows it.
CREATE VIEW catalog.product_view WITH (security_invoker = true) AS
SELECT p.tenant_id, p.id, p.version, p.created_at, p.updated_at, p.archived_at,
       p.code, p.code_norm, p.name, p.name_norm, p.description, p.kind, p.unit, p.tax_category, p.custom
  FROM catalog.product p;

GRANT SELECT ON catalog.product_view TO billfold_program;
