-- billing.renewal_terms(version, day, currency): by what somebody who has this version of a plan renews on a day, as things stand and as long as nothing
-- has been told of it (billing.renewal_by): the terms of the newer version that reaches who renews then. No row: the one that they have.
-- requires: catalog.plan_version_on, catalog.plan_terms
CREATE FUNCTION billing.renewal_terms(p_version uuid, p_day date, p_currency text) RETURNS TABLE (terms json)
LANGUAGE sql STABLE AS $$
    SELECT catalog.plan_terms(n.id, p_currency)
      FROM catalog.plan_version o
      JOIN catalog.plan_version n ON n.tenant_id = o.tenant_id AND n.id = catalog.plan_version_on(o.plan_id, p_day, true)
     WHERE o.tenant_id = base.tenant_id() AND o.id = p_version AND n.version_no > o.version_no
$$;

GRANT EXECUTE ON FUNCTION billing.renewal_terms(uuid, date, text) TO billfold_api;
