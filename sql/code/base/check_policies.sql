-- base.check_policies(): tables, views and triggers that do not keep tenants apart as migrations made them; no row when all is
-- well. A hand that switched something off by night shows here in the morning.
CREATE FUNCTION base.check_policies() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    WITH ours AS (
        SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS has_tenant
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE pg_get_userbyid(n.nspowner) = 'billfold_owner' AND c.relkind IN ('r', 'p', 'v', 'm'))
    SELECT NULL::uuid, o.name, NULL::text, 'row-level security is not forced'
      FROM ours o WHERE o.relkind IN ('r', 'p') AND o.has_tenant AND NOT (o.relrowsecurity AND o.relforcerowsecurity)
    UNION ALL
    SELECT NULL, o.name, NULL, format('%s policies, not the one that every table has', count(p.oid))
      FROM ours o LEFT JOIN pg_policy p ON p.polrelid = o.oid
     WHERE o.relkind IN ('r', 'p') AND o.has_tenant
     GROUP BY o.name
    HAVING count(p.oid) <> 1 OR NOT bool_and(p.polname = 'tenant' AND p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
           AND pg_get_expr(p.polqual, p.polrelid) LIKE '(tenant_id = ( SELECT (NULLIF(current_setting(''app.tenant''::text, true), ''''::text))::uuid%'
           AND pg_get_expr(p.polwithcheck, p.polrelid) = pg_get_expr(p.polqual, p.polrelid))
    UNION ALL
    SELECT NULL, o.name, t.tgname, 'the trigger is switched off'
      FROM pg_trigger t JOIN ours o ON o.oid = t.tgrelid WHERE t.tgenabled <> 'O'
    UNION ALL
    SELECT NULL, o.name, NULL, 'the view looks with the rights of its owner'
      FROM ours o WHERE o.relkind = 'v' AND NOT coalesce(o.reloptions @> '{security_invoker=true}', false)
    UNION ALL
    SELECT NULL, o.name, NULL, 'a materialised view shows all tenants' FROM ours o WHERE o.relkind = 'm'
    UNION ALL
    SELECT NULL, o.name, c.conname, 'the constraint is not valid'
      FROM pg_constraint c JOIN ours o ON o.oid = c.conrelid WHERE NOT c.convalidated
    UNION ALL
    SELECT NULL, o.name, i.indexrelid::regclass::text, 'the index is not valid'
      FROM pg_index i JOIN ours o ON o.oid = i.indrelid WHERE NOT i.indisvalid
$$;

COMMENT ON FUNCTION base.check_policies() IS 'every table keeps tenants apart: policies, triggers, views, constraints
run `billfold migrate --dry-run`; what was changed by hand has to be changed back by hand';
