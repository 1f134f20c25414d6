-- What holds of the catalogue whatever tables exist: every query returns what breaks the rule, and so nothing.
\ir tap.psql
BEGIN;
SELECT no_plan();

-- Ours: schemas of the owner. Programs: the roles that members of billfold_program sign in as.
CREATE TEMPORARY VIEW ours AS
    SELECT n.oid, n.nspname FROM pg_namespace n WHERE pg_get_userbyid(n.nspowner) = 'billfold_owner';
CREATE TEMPORARY VIEW our_table AS
    SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relrowsecurity, c.relforcerowsecurity,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS has_tenant
      FROM pg_class c JOIN ours n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p');
-- Without those of extensions.
CREATE TEMPORARY VIEW our_function AS
    SELECT p.oid AS id, p.prorettype, p.prosecdef, p.proname, p.proconfig, p.proowner, p.proleakproof, p.proallargtypes, p.proargmodes, p.proargnames, n.nspname FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace
     WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e');
CREATE TEMPORARY VIEW program AS
    SELECT r.oid, r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication
      FROM pg_roles r WHERE r.rolname LIKE 'billfold\_%' AND r.rolname NOT IN ('billfold_owner', 'billfold_migrate',
           'billfold_audit', 'billfold_door', 'billfold_search');
-- Reference data and the migration's own book-keeping: the tables that belong to no tenant.
CREATE TEMPORARY TABLE global_table (name text);
INSERT INTO global_table VALUES ('base.migration'), ('base.code_file'), ('base.currency'), ('base.country'),
    ('audit.masked_column'), ('auth.permission'), ('auth.system_role'), ('auth.system_role_permission'),
    ('ledger.chart_account'), ('job.heartbeat'), ('job.duty'), ('job.event_facts'), ('job.alarm'),
    ('document.template_default'), ('connect.mailbox');
-- What runs with its owner's rights; doors besides.
CREATE TEMPORARY TABLE definer (name text);
INSERT INTO definer VALUES ('base.touch_parent'), ('audit.change'), ('audit.deny'), ('audit.note'), ('audit.seal'),
    ('search.find'), ('search.contains'), ('meta.analyze_grown');

SELECT ok(count(*) > 40, 'there are tables to look at') FROM our_table;
SELECT ok(count(*) = 8, 'there are seven programs and their group') FROM program;

-- ---- row-level security ----

SELECT is_empty($$ SELECT name FROM our_table WHERE has_tenant AND NOT (relrowsecurity AND relforcerowsecurity) $$,
    'row-level security is on, and binds the owner, wherever a row belongs to a tenant');
SELECT is_empty($$ SELECT t.name FROM our_table t WHERE NOT has_tenant AND t.name NOT IN (SELECT name FROM global_table) $$,
    'a table without tenant_id is one of those that are known');
SELECT is_empty($$
    SELECT t.name FROM our_table t LEFT JOIN pg_policy p ON p.polrelid = t.oid WHERE t.has_tenant
     GROUP BY t.name HAVING count(p.oid) <> 1 OR NOT bool_and(p.polname = 'tenant' AND p.polpermissive AND p.polcmd = '*'
        AND p.polroles = '{0}' AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL) $$,
    'one policy, for every command and role, on what is read and on what is written');
SELECT is_empty($$
    SELECT t.name, pg_get_expr(p.polqual, p.polrelid) FROM our_table t JOIN pg_policy p ON p.polrelid = t.oid
     WHERE '(tenant_id = ( SELECT (NULLIF(current_setting(''app.tenant''::text, true), ''''::text))::uuid AS "nullif"))'
           NOT IN (pg_get_expr(p.polqual, p.polrelid)) OR
           '(tenant_id = ( SELECT (NULLIF(current_setting(''app.tenant''::text, true), ''''::text))::uuid AS "nullif"))'
           NOT IN (pg_get_expr(p.polwithcheck, p.polrelid)) $$,
    'every policy is the same comparison, in a sub-select, by built-in operators');
SELECT is_empty($$
    SELECT t.name FROM our_table t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id'
     WHERE a.atttypid <> 'uuid'::regtype OR NOT a.attnotnull $$,
    'tenant_id is a uuid and never null');

-- ---- roles ----

SELECT is_empty($$ SELECT rolname FROM program WHERE rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication $$,
    'no program has a right over the cluster');
SELECT is_empty($$
    SELECT p.rolname, r.rolname FROM program p, pg_roles r
     WHERE r.rolname IN ('billfold_owner', 'billfold_migrate', 'billfold_audit', 'billfold_door', 'billfold_search',
                         'pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program', 'pg_read_server_files',
                         'pg_write_server_files', 'pg_monitor', 'pg_signal_backend', 'pg_checkpoint')
       AND pg_has_role(p.oid, r.oid, 'MEMBER') $$,
    'no program can become owner, migration, door or what reads everything');
SELECT is_empty($$
    SELECT p.rolname FROM program p WHERE EXISTS (SELECT FROM pg_class c WHERE c.relowner = p.oid)
        OR EXISTS (SELECT FROM pg_proc c WHERE c.proowner = p.oid) OR EXISTS (SELECT FROM pg_namespace n WHERE n.nspowner = p.oid) $$,
    'no program owns anything');
SELECT is_empty($$
    SELECT p.rolname, n.nspname FROM program p, pg_namespace n
     WHERE n.nspname !~ '^pg_' AND has_schema_privilege(p.oid, n.oid, 'CREATE') $$,
    'no program may create anything in a schema');
SELECT is_empty($$ SELECT rolname FROM program p WHERE has_database_privilege(p.oid, current_database(), 'CREATE')
    OR has_database_privilege(p.oid, current_database(), 'TEMPORARY') $$,
    'nor a schema or a temporary table');
SELECT is_empty($$
    SELECT d.defaclobjtype, a.grantee FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE a.grantee = 0 $$,
    'nothing new is given to everybody');
SELECT is_empty($$
    SELECT p.id::regprocedure FROM our_function p
     WHERE p.prorettype <> 'trigger'::regtype AND has_function_privilege('public', p.id, 'EXECUTE') $$,
    'no function is for everybody');
SELECT is_empty($$ SELECT t.name FROM our_table t WHERE has_table_privilege('public', t.oid, 'SELECT, INSERT, UPDATE, DELETE') $$,
    'no table is for everybody');
SELECT is_empty($$
    SELECT r.rolname FROM pg_roles r WHERE r.rolname IN ('billfold_door', 'billfold_search', 'billfold_audit')
       AND (r.rolcanlogin OR EXISTS (SELECT FROM our_table t
            WHERE has_table_privilege(r.oid, t.oid, 'UPDATE, DELETE, TRUNCATE')
              AND NOT (r.rolname = 'billfold_audit' AND t.name = 'audit.head'))) $$,
    'owners of doors and of the trail cannot sign in and change nothing');

-- ---- views and functions ----

SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class c JOIN ours n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false) $$,
    'every view looks with the rights of who asks');
SELECT is_empty($$ SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'm' AND c.relnamespace IN (SELECT oid FROM ours) $$,
    'there is no materialised view, which would show all tenants');
SELECT is_empty($$
    SELECT p.id::regprocedure FROM our_function p
     WHERE p.prosecdef AND p.proname NOT LIKE 'door\_%' AND p.nspname || '.' || p.proname NOT IN (SELECT name FROM definer) $$,
    'what runs with its owner''s rights is a door or one of those that are known');
SELECT is_empty($$
    SELECT p.id::regprocedure FROM our_function p
     WHERE p.prosecdef AND NOT coalesce(p.proconfig::text LIKE '%search_path=pg_catalog, pg_temp%', false) $$,
    'and looks names up where nobody else can put one');
SELECT is_empty($$
    SELECT p.id::regprocedure FROM our_function p
     WHERE p.proname LIKE 'door\_%' AND (NOT p.prosecdef OR p.proowner <> 'billfold_door'::regrole) $$,
    'a door is owned by the role that may only look');
SELECT is_empty($$
    SELECT p.id::regprocedure, coalesce(t, p.prorettype)::regtype FROM our_function p
      LEFT JOIN LATERAL (SELECT a.t, a.n FROM unnest(p.proallargtypes, p.proargmodes, p.proargnames) a(t, m, n)
                          WHERE a.m IN ('o', 't', 'b')) o ON true
     WHERE p.proname LIKE 'door\_%' AND coalesce(t, p.prorettype) <> 'uuid'::regtype AND coalesce(n, '') <> 'kind' $$,
    'a door gives away ids only, and of jobs their kind');
SELECT is_empty($$
    SELECT p.id::regprocedure FROM our_function p
     WHERE p.proowner <> 'billfold_owner'::regrole AND NOT p.prosecdef $$,
    'only what runs with its owner''s rights is owned by another than the owner');
SELECT is_empty($$ SELECT p.id::regprocedure FROM our_function p WHERE p.proleakproof $$,
    'no function of ours claims to leak nothing');
SELECT is_empty($$
    SELECT o.oid::regoperator FROM pg_operator o JOIN ours n ON n.oid = o.oprnamespace
     WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e') $$, 'there are no operators of ours');
SELECT is_empty($$ SELECT t.oid::regtype FROM pg_type t JOIN ours n ON n.oid = t.typnamespace WHERE t.typtype = 'e' $$,
    'there are no enum types: no index serves them under a policy');

-- ---- keys ----

SELECT is_empty($$
    SELECT i.indexrelid::regclass FROM pg_index i JOIN our_table t ON t.oid = i.indrelid
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE t.has_tenant AND i.indisunique AND a.attname IS DISTINCT FROM 'tenant_id'
       AND i.indexrelid::regclass::text NOT IN ('tenant.tenant_slug_key') $$,
    'every unique key starts with the tenant, but for the slug by which people name it');
SELECT is_empty($$
    SELECT i.indexrelid::regclass FROM pg_index i JOIN our_table t ON t.oid = i.indrelid
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE t.has_tenant AND NOT i.indisunique AND a.attname IS DISTINCT FROM 'tenant_id'
       AND i.indexrelid::regclass::text !~ '(_door|_due|_dispatch)[a-z_]*$' $$,
    'every index starts with the tenant, but for those of doors');
SELECT is_empty($$
    SELECT c.conrelid::regclass, c.conname FROM pg_constraint c JOIN our_table t ON t.oid = c.conrelid
     WHERE t.has_tenant AND c.contype = 'f' AND NOT (
           (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]) = 'tenant_id' AND
           (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attnum = c.confkey[1]) = 'tenant_id') $$,
    'every foreign key carries the tenant on both sides');
SELECT is_empty($$
    SELECT c.conrelid::regclass, c.conname FROM pg_constraint c JOIN our_table t ON t.oid = c.conrelid
     WHERE t.has_tenant AND c.contype = 'x' AND
           (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]) <> 'tenant_id' $$,
    'every exclusion too');
SELECT is_empty($$ SELECT t.name FROM our_table t WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'p') $$,
    'every table has a primary key');
SELECT is_empty($$
    SELECT c.conrelid::regclass, c.conname FROM pg_constraint c JOIN our_table t ON t.oid = c.conrelid
     WHERE c.contype = 'f' AND NOT EXISTS (
           SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
              AND (i.indkey::int2[])[0:least(cardinality(c.conkey), 2) - 1] <@ c.conkey)
       AND c.confrelid <> 'auth.permission'::regclass $$,
    'every foreign key has an index, so that a parent can go without a scan');

-- ---- what never changes ----

SELECT is_empty($$
    SELECT p.rolname, t.name, x FROM program p, our_table t, unnest('{UPDATE,DELETE,TRUNCATE}'::text[]) x
     WHERE (t.name IN ('audit.entry', 'audit.seal', 'ledger.entry', 'ledger.line', 'base.migration'))
       AND has_table_privilege(p.oid, t.oid, x) $$,
    'no program changes the trail or the journal');
SELECT is_empty($$
    SELECT p.rolname, t.name, a.attname FROM program p, our_table t, pg_attribute a
     WHERE t.name IN ('audit.entry', 'audit.seal', 'audit.head', 'ledger.entry', 'ledger.line') AND a.attrelid = t.oid AND a.attnum > 0
       AND has_column_privilege(p.oid, t.oid, a.attnum, 'UPDATE') $$,
    'nor a single column of it');
SELECT is_empty($$ SELECT p.rolname, t.name FROM program p, our_table t WHERE t.name LIKE 'audit.%' AND has_table_privilege(p.oid, t.oid, 'INSERT') $$,
    'no program writes the trail but through its functions');
SELECT is_empty($$ SELECT p.rolname, t.name FROM program p, our_table t WHERE has_table_privilege(p.oid, t.oid, 'TRUNCATE, REFERENCES, TRIGGER') $$,
    'no program empties a table or hangs anything on it');
SELECT is_empty($$ SELECT tg.tgrelid::regclass, tg.tgname FROM pg_trigger tg JOIN our_table t ON t.oid = tg.tgrelid WHERE tg.tgenabled <> 'O' $$,
    'no trigger is switched off');
SELECT is_empty($$ SELECT p.rolname FROM program p WHERE has_parameter_privilege(p.oid, 'session_replication_role', 'SET') $$,
    'no program can switch triggers off');
SELECT is_empty($$
    SELECT t.name FROM our_table t
     WHERE EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = 'audit_insert')
       AND (SELECT count(*) FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname IN ('audit_insert', 'audit_update', 'audit_delete')
               AND g.tgfoid = 'audit.change'::regproc) <> 3 $$,
    'what is audited is audited in all three ways');
SELECT is_empty($$
    SELECT t.name FROM our_table t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'version'
     WHERE NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = 'stamp' AND g.tgfoid = 'base.stamp'::regproc)
       -- An entry never changes; a job's version is moved by the functions of its states.
       AND t.name NOT IN ('ledger.entry', 'job.job') $$,
    'every version is moved by the stamp');
SELECT is_empty($$ SELECT c.oid::regclass FROM pg_class c JOIN ours n ON n.oid = c.relnamespace WHERE c.relkind = 'S' $$,
    'there are no sequences: they leave gaps in numbers and tell what others use');

-- Secrets, as the trail knows them: only by the program whose work needs them.
SELECT is_empty($$
    SELECT p.rolname, m.table_name, m.column_name FROM program p, audit.masked_column m
     WHERE p.rolname NOT IN ('billfold_api', 'billfold_admin')
       AND has_column_privilege(p.oid, m.table_name::regclass, m.column_name, 'SELECT')
       AND (p.rolname, m.table_name) NOT IN (('billfold_paymentd', 'payment.method'), ('billfold_paymentd', 'payment.attempt'),
           ('billfold_paymentd', 'payment.setup'),
           ('billfold_maild', 'auth.link'))
       AND (p.rolname, m.column_name) NOT IN (('billfold_paymentd', 'api_key_sealed'), ('billfold_paymentd', 'api_key_next_sealed')) $$,
    'secrets are read by the programs whose work needs them');
SELECT is_empty($$
    SELECT m.table_name, m.column_name FROM audit.masked_column m
      LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(m.table_name) AND a.attname = m.column_name AND NOT a.attisdropped
     WHERE a.attnum IS NULL $$, 'and every column that is masked exists');
SELECT is_empty($$
    SELECT t.name, a.attname FROM our_table t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE a.attname ~ '(_sealed|password_hash|secret_hash|token_hash|code_hash)$' AND EXISTS (
           SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = 'audit_insert')
       AND (t.name, a.attname) NOT IN (SELECT m.table_name, m.column_name FROM audit.masked_column m) $$,
    'what is named as a secret is masked');

-- ---- types ----

SELECT is_empty($$
    SELECT t.name, a.attname, a.atttypid::regtype FROM our_table t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0
     WHERE NOT a.attisdropped AND a.atttypid IN ('float4'::regtype, 'float8'::regtype, 'money'::regtype, 'timestamp'::regtype,
           'timetz'::regtype, 'char'::regtype, 'bpchar'::regtype, 'json'::regtype) $$,
    'no floats, no money, no timestamps without a zone');
SELECT is_empty($$
    SELECT t.name, a.attname FROM our_table t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p'
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (k.conkey)
     WHERE a.atttypid = 'text'::regtype
       AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'c' AND a.attnum = ANY (c.conkey))
       AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'f' AND a.attnum = ANY (c.conkey)) $$,
    'a text in a primary key is bounded');
SELECT is_empty($$
    SELECT c.conrelid::regclass, c.conname FROM pg_constraint c JOIN our_table t ON t.oid = c.conrelid
      JOIN pg_class r ON r.oid = c.conrelid
     WHERE c.contype <> 't' AND c.conname !~ ('^' || r.relname || '_') $$,
    'constraints are named for their table: clients meet the names');

-- ---- limits of the programs ----

SELECT is_empty($$
    SELECT p.rolname, s FROM program p, unnest('{statement_timeout,lock_timeout,idle_in_transaction_session_timeout}'::text[]) s
     WHERE p.rolname <> 'billfold_program' AND NOT EXISTS (
           SELECT FROM pg_db_role_setting d, unnest(d.setconfig) c
            WHERE d.setrole = p.oid AND c LIKE s || '=%' AND c !~ '=0$') $$,
    'no program waits without end');
SELECT is_empty($$
    SELECT p.rolname, s FROM program p, unnest('{plan_cache_mode=force_generic_plan,search_path=pg_catalog,jit=off}'::text[]) s
     WHERE p.rolname <> 'billfold_program' AND NOT EXISTS (
           SELECT FROM pg_db_role_setting d WHERE d.setrole = p.oid AND s = ANY (d.setconfig)) $$,
    'plans are generic and names are looked up in one place');
SELECT is_empty($$
    SELECT d.setrole::regrole, c FROM pg_db_role_setting d, unnest(d.setconfig) c
     WHERE c LIKE 'app.%' OR c = 'row_security=off' AND d.setrole <> 'billfold_migrate'::regrole $$,
    'no role has a tenant by default');

SELECT * FROM finish();
ROLLBACK;
