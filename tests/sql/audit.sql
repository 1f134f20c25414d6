-- The trail: every change has its row, secrets do not, nobody can do without an actor or write it by hand.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT no_plan();
SELECT pg_temp.enter(:a) \g /dev/null
CREATE TEMPORARY VIEW last_entry AS SELECT * FROM audit.entry ORDER BY id DESC LIMIT 1;

SELECT pg_temp.try('billfold_api', format('UPDATE tenant.entity SET phone = ''+43 1'' WHERE id = %L RETURNING id', :a_entity)) \g /dev/null
SELECT is((SELECT action || ' ' || object || ' ' || object_id || ' ' || actor || ' ' || actor_id || ' ' || request_id || ' ' || address FROM last_entry),
    'update entity ' || :a_entity || ' worker:test test request-1 192.0.2.1', 'who did what to what, on whose request, from where');
SELECT is((SELECT before FROM last_entry), jsonb_build_object('phone', NULL, 'updated_at', (SELECT before -> 'updated_at' FROM last_entry)),
    'before: what changed, as it was');
SELECT is((SELECT after ->> 'phone' FROM last_entry), '+43 1', 'after: as it is');
SELECT is((SELECT count(*) FROM audit.entry), (SELECT count(*) FROM audit.entry WHERE actor IN ('worker:test', 'operator:test')), 'every row has an actor');

SELECT count(*) AS n FROM audit.entry \gset
UPDATE tenant.entity SET phone = '+43 1' WHERE id = :a_entity;
SELECT is((SELECT count(*) FROM audit.entry), :n::bigint, 'what changes nothing leaves no row');
UPDATE auth.role SET name = name || '.' WHERE tenant_id = :a;
SELECT is((SELECT count(*) FROM audit.entry), :n::bigint + (SELECT count(*) FROM auth.role WHERE tenant_id = :a), 'each row of a statement has its own');

UPDATE auth.app_user SET password_hash = 'very-secret', mfa_secret_sealed = 'sealed-secret' WHERE id = :a_owner;
SELECT is((SELECT after ->> 'password_hash' FROM last_entry), '***', 'a secret shows that it changed');
SELECT is((SELECT count(*) FROM audit.entry e WHERE e::text LIKE '%secret"%' AND e::text LIKE '%very-secret%' OR e::text LIKE '%sealed-secret%'), 0::bigint,
    'and nothing else of itself');
SELECT is((SELECT after ->> 'secret_hash' FROM audit.entry WHERE object = 'client' AND action = 'create' AND tenant_id = :a), '***', 'from the first row on');

-- ---- nobody goes past it ----

SELECT set_config('app.actor', '', true) \g /dev/null
SELECT is(pg_temp.try('billfold_api', format('UPDATE tenant.entity SET phone = ''x'' WHERE id = %L RETURNING id', :a_entity)), 'ZBACT', 'without an actor nothing changes');
SELECT is((SELECT phone FROM tenant.entity WHERE id = :a_entity), '+43 1', 'indeed');
SELECT pg_temp.enter(:a) \g /dev/null
SELECT is_empty($$
    SELECT r.rolname, s FROM pg_roles r, unnest(ARRAY['UPDATE audit.entry SET actor = ''x''', 'DELETE FROM audit.entry', 'TRUNCATE audit.entry',
           'DELETE FROM audit.seal', 'UPDATE audit.head SET batch = 0',
           'INSERT INTO audit.entry (tenant_id, id, actor, action, object, business_at) SELECT base.tenant_id(), base.new_id(), ''x'', ''x'', ''x'', now()']) s
     WHERE pg_has_role(r.oid, 'billfold_program', 'MEMBER') AND NOT r.rolsuper AND pg_temp.try(r.rolname, s) <> '42501' $$,
    'no program writes, changes or empties it by hand');

-- ---- refusals and acts without a change ----

SELECT is(length(pg_temp.try('billfold_api', $$ SELECT audit.deny('account.terms', 'account', NULL, '{"pointer": "/payment_terms"}') $$)), 36, 'a refusal has a row');
SELECT is((SELECT action || ' ' || object || ' ' || actor || ' ' || (detail ->> 'pointer') FROM last_entry),
    'denied:account.terms account worker:test /payment_terms', 'that says what was refused to whom');
SELECT is(length(pg_temp.try('billfold_api', $$ SELECT audit.note('sign_in', 'user', NULL, NULL) $$)), 36, 'so has a sign-in');
SELECT set_config('app.actor', '', true) \g /dev/null
SELECT is(pg_temp.try('billfold_api', $$ SELECT audit.note('sign_in', 'user', NULL, NULL) $$), '23502', 'never without an actor');
SELECT pg_temp.enter(:b) \g /dev/null
SELECT is(pg_temp.try('billfold_api', format('SELECT count(*) FROM audit.entry_view WHERE tenant_id = %L', :a)), '0', 'another tenant sees none of it');

SELECT * FROM finish();
ROLLBACK;
