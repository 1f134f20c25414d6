-- Nobody sees or changes what is another tenant's: every table, as every program, with no tenant, with one,
-- after errors and rollbacks; and the few doors that run without one.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT no_plan();

SELECT is((SELECT count(*) FROM tenant.tenant WHERE slug IN ('test-alder', 'test-birch')), 2::bigint, 'there are two tenants');
SELECT is((SELECT count(*) FROM auth.role WHERE tenant_id = :a), (SELECT count(*) FROM auth.system_role), 'with every system role');

-- ---- every table, as every program ----

CREATE TEMPORARY TABLE seen (program text, name text, tenant text, outcome text);
DO $$
DECLARE
    v_program text;
    v_table text;
    v_tenant uuid;
BEGIN
    FOR v_program, v_table IN
        SELECT r.rolname, c.oid::regclass FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE pg_has_role(r.oid, 'billfold_program', 'MEMBER') AND NOT r.rolsuper AND c.relkind IN ('r', 'v')
           AND pg_get_userbyid(n.nspowner) = 'billfold_owner' AND has_table_privilege(r.oid, c.oid, 'SELECT')
    LOOP
        FOREACH v_tenant IN ARRAY ARRAY[NULL, '0193a000-0000-7000-8000-00000000000a']::uuid[] LOOP
            PERFORM pg_temp.enter(v_tenant);
            INSERT INTO seen VALUES (v_program, v_table, coalesce(v_tenant::text, 'none'), pg_temp.try(v_program,
                format('SELECT count(*) FROM %s t WHERE t.tenant_id IS DISTINCT FROM %L', v_table, v_tenant)));
        END LOOP;
    END LOOP;
    PERFORM pg_temp.enter(NULL);
END;
$$;
SELECT cmp_ok((SELECT count(*) FROM seen), '>', 300::bigint, 'each table and view was looked at by each program that may');
SELECT is_empty($$ SELECT * FROM seen WHERE outcome <> '0' $$,
    'without a tenant there is no row and no error; with one, no row of another');
SELECT pg_temp.enter(:a) \g /dev/null
SELECT is(pg_temp.try('billfold_api', 'SELECT count(*) FROM tenant.entity'), '1', 'A sees its own');
SELECT is(pg_temp.try('billfold_api', 'SELECT id FROM tenant.entity'), :a_entity, 'and that is its own');

-- ---- writing ----

SELECT is(pg_temp.try('billfold_api', format('UPDATE tenant.entity SET name = ''x'' WHERE id = %L RETURNING id', :b_entity)), NULL,
    'an update of another''s row finds none');
SELECT is(pg_temp.try('billfold_api', format('DELETE FROM tenant.entity WHERE id = %L RETURNING id', :b_entity)), NULL, 'nor does a delete');
SELECT is(pg_temp.try('billfold_api', format(
    'INSERT INTO tenant.entity (tenant_id, id, name, legal_name, base_currency) VALUES (%L, base.new_id(), ''x'', ''x'', ''EUR'')', :b)),
    '42501', 'a row cannot be made for another');
SELECT is(pg_temp.try('billfold_api', format('UPDATE tenant.entity SET tenant_id = %L', :b)), '42501', 'nor given to another');
SELECT is(pg_temp.try('billfold_api', format('UPDATE tenant.tenant SET default_entity_id = %L', :b_entity)), '23503',
    'another''s row cannot be referred to: it is as if it were not there');
SELECT is(pg_temp.try('billfold_api', $$ INSERT INTO auth.app_user (id, email, name, role_id)
    SELECT base.new_id(), 'owner@birch.example', 'x', id FROM auth.role WHERE key = 'owner' RETURNING 'made' $$), 'made',
    'a key that another has is free');
SELECT is(pg_temp.try('billfold_api', $$ INSERT INTO auth.app_user (id, email, name, role_id)
    SELECT base.new_id(), 'OWNER@alder.EXAMPLE', 'x', id FROM auth.role WHERE key = 'owner' $$), '23505',
    'and one''s own is taken, in any case of letters');
SELECT is(pg_temp.try('billfold_api', 'INSERT INTO tenant.tenant (id, slug, name) VALUES (base.new_id(), ''x'', ''x'')'), '42501',
    'the API makes no tenants');

-- ---- after errors and rollbacks ----

SAVEPOINT s;
SELECT pg_temp.enter(:b) \g /dev/null
ROLLBACK TO s;
SELECT is(current_setting('app.tenant'), :a, 'a rollback to before another was entered leaves the one');
SELECT pg_temp.enter(NULL) \g /dev/null
SELECT is(base.tenant_id(), NULL, 'a setting that is empty is no tenant');

-- ---- doors ----

SELECT is(pg_temp.try('billfold_api', $$ SELECT count(*) FROM auth.door_login('TEST-ALDER', 'owner@ALDER.example') $$), '1',
    'who signs in is found without a tenant');
SELECT is(pg_temp.try('billfold_api', $$ SELECT count(*) FROM auth.door_login('test-birch', 'owner@alder.example') $$), '0', 'in their own tenant alone');
SELECT is(pg_temp.try('billfold_api', format('SELECT auth.door_client(%L)', :a_client)), :a, 'a client names its tenant');
SELECT is(pg_temp.try('billfold_api', format('SELECT auth.door_client(%L)', :b_owner)), NULL, 'one that is none names nothing');
SELECT is(pg_temp.try('billfold_scheduler', format('SELECT count(*) FROM tenant.door_list() t WHERE t IN (%L, %L)', :a, :b)), '2', 'tenants are listed');
SELECT is(pg_temp.try('billfold_maild', $$ SELECT * FROM auth.door_login('test-alder', 'owner@alder.example') $$), '42501',
    'a program that has no use for a door cannot open it');
SELECT pg_temp.enter(:b) \g /dev/null
UPDATE tenant.tenant SET state = 'suspended' WHERE id = :b;
SELECT pg_temp.enter(NULL) \g /dev/null
SELECT is(pg_temp.try('billfold_scheduler', format('SELECT count(*) FROM tenant.door_list() t WHERE t = %L', :b)), '0', 'one that is suspended is not listed');
SELECT is(pg_temp.try('billfold_api', $$ SELECT count(*) FROM auth.door_login('test-birch', 'owner@birch.example') $$), '0', 'and lets nobody in');

SELECT * FROM finish();
ROLLBACK;
