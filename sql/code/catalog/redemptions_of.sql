-- catalog.redemptions_of(coupon, account): how often an account has taken a coupon, without what was given back.
CREATE FUNCTION catalog.redemptions_of(p_coupon uuid, p_account uuid) RETURNS bigint
LANGUAGE sql AS $$
    SELECT count(*)
      FROM billing.subscription s
      JOIN billing.subscription_discount d ON d.tenant_id = s.tenant_id AND d.subscription_id = s.id AND d.coupon_id = p_coupon AND d.returned_at IS NULL
     WHERE s.tenant_id = base.tenant_id() AND s.account_id = p_account
$$;

GRANT EXECUTE ON FUNCTION catalog.redemptions_of(uuid, uuid) TO billfold_program;
