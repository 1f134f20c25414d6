-- base.check_roles(): roles that may more, or less, than sql/roles.sql says; no row when all is well.
CREATE FUNCTION base.check_roles() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    WITH program AS (
        SELECT r.* FROM pg_roles r
         WHERE r.rolname LIKE 'billfold\_%' AND r.rolname NOT IN ('billfold_owner', 'billfold_migrate', 'billfold_audit',
               'billfold_door', 'billfold_search', 'billfold_program'))
    SELECT NULL::uuid, 'pg_roles', p.rolname::text, 'has a right over the cluster'
      FROM program p WHERE p.rolsuper OR p.rolbypassrls OR p.rolcreaterole OR p.rolcreatedb OR p.rolreplication
    UNION ALL
    SELECT NULL, 'pg_roles', p.rolname, format('may become %s', r.rolname)
      FROM program p
      JOIN pg_roles r ON r.rolname IN ('billfold_owner', 'billfold_migrate', 'billfold_audit', 'billfold_door', 'billfold_search',
           'pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
     WHERE pg_has_role(p.oid, r.oid, 'MEMBER')
    UNION ALL
    SELECT NULL, 'pg_roles', p.rolname, 'is no member of billfold_program: it may do nothing'
      FROM program p WHERE NOT pg_has_role(p.oid, 'billfold_program', 'MEMBER')
    UNION ALL
    SELECT NULL, 'pg_roles', p.rolname, format('has no %s', s.setting)
      FROM program p
     CROSS JOIN unnest('{statement_timeout,lock_timeout,idle_in_transaction_session_timeout,search_path}'::text[]) AS s (setting)
     WHERE NOT EXISTS (SELECT FROM pg_db_role_setting d, unnest(d.setconfig) c
                        WHERE d.setrole = p.oid AND d.setdatabase = 0 AND c LIKE s.setting || '=%')
    UNION ALL
    SELECT NULL, 'pg_roles', w.name, 'is missing'
      FROM unnest('{billfold_owner,billfold_migrate,billfold_audit,billfold_door,billfold_search,billfold_program}'::text[]) AS w (name)
     WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = w.name)
    UNION ALL
    SELECT NULL, 'pg_roles', r.rolname, 'may sign in'
      FROM pg_roles r
     WHERE r.rolname IN ('billfold_owner', 'billfold_audit', 'billfold_door', 'billfold_search', 'billfold_program') AND r.rolcanlogin
$$;

COMMENT ON FUNCTION base.check_roles() IS 'every role may do what its program needs, and no more
run sql/roles.sql as a superuser again; it takes nothing away, so revoke by hand what is too much';
