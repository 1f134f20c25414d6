-- catalog.price_view: a price as the API shows it.
CREATE VIEW catalog.price_view WITH (security_invoker = true) AS
SELECT p.tenant_id, p.id, p.version, p.created_at, p.updated_at, p.archived_at,
       p.product_id, p.currency, p.unit_price, p.base_quantity, p.recurring, p.valid_from, p.valid_to
  FROM catalog.price p;

GRANT SELECT ON catalog.price_view TO billfold_program;
