-- catalog.plan_view: a plan, with what it is for those who begin today.
-- requires: catalog.plan_version_view, catalog.plan_version_on
CREATE VIEW catalog.plan_view WITH (security_invoker = true) AS
SELECT p.tenant_id, p.id, p.version, p.created_at, p.updated_at, p.archived_at,
       p.code, p.code_norm, p.name, p.name_norm, p.description, p.custom,
       (SELECT json_build_object('id', v.id, 'version_no', v.version_no, 'valid_from', v.valid_from,
               'applies_to', v.applies_to, 'recurring', v.recurring, 'every', v.every, 'alignment', v.alignment,
               'trial_days', v.trial_days, 'term', v.term, 'auto_renew', v.auto_renew, 'notice_days', v.notice_days,
               'charges', (SELECT json_agg(to_jsonb(c) - '{object,id}'::text[]) FROM json_array_elements(v.charges) c),
               'prices', (SELECT coalesce(json_agg(to_jsonb(k) - '{object,id}'::text[]), '[]') FROM json_array_elements(v.prices) k))
          FROM catalog.plan_version_view v
         WHERE v.tenant_id = p.tenant_id
           AND v.id = (SELECT catalog.plan_version_on(p.id, base.business_today()))) AS current_version
  FROM catalog.plan p;

GRANT SELECT ON catalog.plan_view TO billfold_program;
