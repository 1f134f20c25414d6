-- billing.plan_asked(plan, code, version, day, currency): a plan by its id, its code or one of its versions, with the terms of that version, else of
-- the one of the day. NULL: none was named, or there is none; terms NULL: it has no such version. PL/pgSQL keeps its plan.
-- requires: catalog.plan_version_on, catalog.plan_terms
CREATE FUNCTION billing.plan_asked(p_plan uuid, p_code text, p_version uuid, p_day date, p_currency text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_build_object('id', p.id, 'archived', p.archived_at IS NOT NULL, 'terms',
           (SELECT catalog.plan_terms(v.id, p_currency) FROM catalog.plan_version v
             WHERE v.tenant_id = p.tenant_id AND v.plan_id = p.id AND v.archived_at IS NULL
               AND v.id = coalesce(p_version, (SELECT catalog.plan_version_on(p.id, p_day)))))
      FROM catalog.plan p
     WHERE p.tenant_id = base.tenant_id() AND (p_plan IS NOT NULL OR p_code IS NOT NULL OR p_version IS NOT NULL)
       AND p.id = coalesce(p_plan,
            (SELECT y.id FROM catalog.plan y WHERE y.tenant_id = base.tenant_id() AND y.code_norm = lower(p_code)),
            (SELECT v.plan_id FROM catalog.plan_version v WHERE v.tenant_id = base.tenant_id() AND v.id = p_version)));
END
$$;

GRANT EXECUTE ON FUNCTION billing.plan_asked(uuid, text, uuid, date, text) TO billfold_program;
