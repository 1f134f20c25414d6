-- catalog.version_copy(version, id, valid from, applies to, prices): a new version of a plan that is held, like another one but for its day, whom it
-- reaches (NULL: as the tenant says) and its prices.
-- requires: billing.version_follow, job.emit
CREATE FUNCTION catalog.version_copy(p_version uuid, p_id uuid, p_valid_from date, p_applies_to text, p_prices jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
BEGIN
    INSERT INTO catalog.plan_version (id, plan_id, valid_from, applies_to, recurring, every, alignment, trial_days, term, auto_renew, notice_days)
    SELECT p_id, v.plan_id, p_valid_from, p_applies_to, v.recurring, v.every, v.alignment, v.trial_days, v.term, v.auto_renew, v.notice_days
      FROM catalog.plan_version v WHERE v.tenant_id = v_tenant AND v.id = p_version;
    INSERT INTO catalog.plan_charge (plan_version_id, id, position, code, product_id, description, add_on, quantity, unit, tax_category, model)
    SELECT p_id, base.new_id(), c.position, c.code, c.product_id, c.description, c.add_on, c.quantity, c.unit, c.tax_category, c.model
      FROM catalog.plan_charge c WHERE c.tenant_id = v_tenant AND c.plan_version_id = p_version;
    INSERT INTO catalog.plan_price (plan_version_id, id, position, charge, currency, unit_price, base_quantity, package, minimum, tiers)
    SELECT p_id, base.new_id(), w.n, k ->> 'charge', k ->> 'currency', (k ->> 'unit_price')::numeric, (k ->> 'base_quantity')::numeric,
           (k ->> 'package')::numeric, (k ->> 'minimum')::numeric, NULLIF(k -> 'tiers', 'null')
      FROM jsonb_array_elements(p_prices) WITH ORDINALITY AS w (k, n);
    PERFORM job.emit('plan_version.created', 'plan_version', p_id, NULL, 1);
    PERFORM billing.version_follow(p_id);
END
$$;

GRANT EXECUTE ON FUNCTION catalog.version_copy(uuid, uuid, date, text, jsonb) TO billfold_api, billfold_invoiced;
