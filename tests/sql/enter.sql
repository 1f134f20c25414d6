-- api.enter: who comes in, and what it leaves behind; business time.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT no_plan();
CREATE FUNCTION pg_temp.come_in(tenant uuid, actor text, actor_id text, epoch bigint) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try('billfold_api', format('SELECT tenant_zone || '' '' || sandbox FROM api.enter(%L, %L, %L, %L, %L, %L)',
        tenant, actor, actor_id, 'request-2', epoch, '2001:db8::1'))
$$;

SELECT is(pg_temp.come_in(:a, 'worker:invoiced', 'invoiced', -1), 'Europe/Vienna true', 'a worker comes in');
SELECT is(current_setting('app.tenant') || ' ' || current_setting('app.actor') || ' ' || current_setting('app.request') || ' ' ||
    current_setting('app.address') || ' ' || current_setting('app.zone'),
    :a || ' worker:invoiced request-2 2001:db8::1 Europe/Vienna', 'tenant, actor, request, address and zone are set');
SELECT is(pg_temp.come_in(base.new_id(), 'worker:invoiced', 'invoiced', -1), 'ZB401', 'not into a tenant that is none');
SELECT is(pg_temp.come_in(NULL, 'worker:invoiced', 'invoiced', -1), 'ZB401', 'nor without one');
SELECT is(pg_temp.come_in(:a, '', '', -1), 'ZB401', 'nor as nobody');

SELECT is(pg_temp.come_in(:a, 'user:' || :a_owner, :a_owner, 1), 'Europe/Vienna true', 'a user comes in with the epoch they have');
SELECT is(pg_temp.come_in(:a, 'user:' || :a_owner, :a_owner, 2), 'ZB411', 'not with another');
SELECT is(pg_temp.come_in(:b, 'user:' || :a_owner, :a_owner, 1), 'ZB411', 'nor into another tenant');
SELECT is(pg_temp.come_in(:a, 'client:' || :a_client, :a_client, 1), 'Europe/Vienna true', 'a client comes in with its epoch');
SELECT is(pg_temp.come_in(:a, 'client:' || :a_owner, :a_owner, 1), 'ZB411', 'a user''s id is no client');

-- ---- what raises an epoch ----

SELECT pg_temp.enter(:a) \g /dev/null
CREATE FUNCTION pg_temp.epoch() RETURNS bigint LANGUAGE sql AS $$ SELECT epoch FROM auth.app_user WHERE email_norm = 'owner@alder.example' $$;
UPDATE auth.app_user SET name = 'Olga B.' WHERE id = :a_owner;
SELECT is(pg_temp.epoch(), 1::bigint, 'a name does not');
UPDATE auth.app_user SET password_hash = 'other' WHERE id = :a_owner;
SELECT is(pg_temp.epoch(), 2::bigint, 'a password does');
UPDATE auth.app_user SET role_id = (SELECT id FROM auth.role WHERE key = 'admin' AND tenant_id = :a) WHERE id = :a_owner;
SELECT is(pg_temp.epoch(), 3::bigint, 'a role does');
UPDATE auth.app_user SET state = 'disabled' WHERE id = :a_owner;
SELECT is(pg_temp.epoch(), 4::bigint, 'being disabled does');
UPDATE auth.app_user SET epoch = 1 WHERE id = :a_owner;
SELECT is(pg_temp.epoch(), 4::bigint, 'it never goes back');
SELECT is(pg_temp.come_in(:a, 'user:' || :a_owner, :a_owner, 4), 'ZB411', 'who is disabled stays out, whatever the epoch');
UPDATE auth.app_user SET state = 'active' WHERE id = :a_owner;
DELETE FROM auth.role_permission p USING auth.role r WHERE r.id = p.role_id AND r.tenant_id = :a AND r.key = 'admin' AND p.permission = 'import';
SELECT is(pg_temp.epoch(), 6::bigint, 'a role that permits less does');
UPDATE auth.client SET scopes = '{account.read}' WHERE id = :a_client;
SELECT is((SELECT epoch FROM auth.client WHERE id = :a_client), 2::bigint, 'a client''s scopes do');

-- ---- business time ----

SELECT pg_temp.enter(:b) \g /dev/null
SELECT is(base.business_now(), now(), 'business time is real time');
SELECT is(pg_temp.try('billfold_api', 'SELECT tenant.set_clock(now() + interval ''1 day'')'), 'ZBSTA', 'and cannot be set');
SELECT pg_temp.enter(:a) \g /dev/null
SELECT is(pg_temp.try('billfold_api', 'SELECT tenant.set_clock(''2031-12-31 23:30+00'') = ''2031-12-31 23:30+00'''), 'true', 'a sandbox tenant''s can');
SELECT is(base.business_now(), '2031-12-31 23:30+00'::timestamptz, 'at once');
SELECT is((SELECT business_now FROM api.enter(:a, 'worker:x', 'x', NULL, -1, NULL)), '2031-12-31 23:30+00'::timestamptz, 'and from then on');
SELECT is(base.business_today(), '2032-01-01'::date, 'today is a day in the tenant''s zone');
SELECT is(base.business_today('America/New_York'), '2031-12-31'::date, 'or in the zone that is asked for');
SELECT is(pg_temp.try('billfold_api', 'SELECT tenant.set_clock(''2031-12-31 23:29+00'')'), 'ZB422', 'it never goes back');
SELECT pg_temp.enter(:b) \g /dev/null
SELECT is(base.business_now(), now(), 'another tenant entered in the same transaction has its own time');
UPDATE tenant.tenant SET state = 'suspended' WHERE id = :b;
SELECT is(pg_temp.come_in(:b, 'worker:invoiced', 'invoiced', -1), 'ZB401', 'a suspended tenant lets nobody in');

SELECT * FROM finish();
ROLLBACK;
