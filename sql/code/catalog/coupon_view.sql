-- catalog.coupon_view: a coupon as the API shows it.
CREATE VIEW catalog.coupon_view WITH (security_invoker = true) AS
SELECT c.tenant_id, c.id, c.version, c.created_at, c.updated_at, c.archived_at,
       c.code, c.code_norm, c.name, c.percent, c.amount, c.currency, c.periods, c.product_ids, c.charges, c.valid_to, c.redemptions_max,
       c.redemptions_max_per_account, c.redemptions
  FROM catalog.coupon c;

GRANT SELECT ON catalog.coupon_view TO billfold_program;
