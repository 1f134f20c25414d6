-- api.claim_key, api.expect_version, api.expect and the stamp: repeats and concurrency.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT no_plan();
SELECT pg_temp.enter(:a) \g /dev/null
CREATE FUNCTION pg_temp.claim(key text, scope text, fingerprint text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try('billfold_api', format('SELECT api.claim_key(%L, %L, %L)', key, scope, fingerprint))
$$;

-- As vacuum leaves a table without rows, before this session has planned anything.
TRUNCATE api.answer;
UPDATE pg_class SET reltuples = 0, relpages = 0 WHERE oid = 'api.answer'::regclass;
SELECT seq_scan AS whole_reads FROM pg_stat_xact_user_tables WHERE relid = 'api.answer'::regclass \gset
SELECT is(pg_temp.claim('k1', 'user:1', 'f1'), '', 'a new key is claimed');
SELECT is((SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relid = 'api.answer'::regclass), :whole_reads::bigint,
    'and looked for by itself, even where no answer is kept yet');
INSERT INTO api.answer (scope, key, fingerprint, status) SELECT 'user:2', 'n' || n, 'f', 200 FROM generate_series(1, 500) n;
SELECT idx_tup_fetch AS looked_at FROM pg_stat_xact_user_tables WHERE relid = 'api.answer'::regclass \gset
SELECT is(pg_temp.claim('k0', 'user:1', 'f1'), '', 'another new key');
SELECT cmp_ok((SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relid = 'api.answer'::regclass), '<=', :looked_at::bigint + 1,
    'and by its key still, however many answers have come since the look was planned');
DELETE FROM api.answer WHERE scope = 'user:2';
INSERT INTO api.answer (scope, key, fingerprint, status, body) VALUES ('user:1', 'k1', 'f1', 201, '{"id": 1}');
SELECT is(pg_temp.claim('k1', 'user:1', 'f1'), 'ZBRPL', 'the same request again is to be replayed');
SELECT is(pg_temp.claim('k1', 'user:1', 'f2'), 'ZBREU', 'another request under the key is refused');
SELECT is(pg_temp.claim('k1', 'user:2', 'f2'), '', 'another actor has keys of their own');
SELECT pg_temp.enter(:b) \g /dev/null
SELECT is(pg_temp.claim('k1', 'user:1', 'f2'), '', 'so has another tenant');
SELECT pg_temp.enter(:a) \g /dev/null
UPDATE api.answer SET created_at = now() - interval '23 hours 59 minutes';
SELECT is(pg_temp.claim('k1', 'user:1', 'f1'), 'ZBRPL', 'an answer is kept for 24 hours');
UPDATE api.answer SET created_at = now() - interval '24 hours 1 second';
SELECT is(pg_temp.claim('k1', 'user:1', 'f2'), '', 'and no longer');
SELECT is((SELECT count(*) FROM api.answer), 0::bigint, 'making room for the next');
INSERT INTO api.answer (scope, key, fingerprint, status, created_at)
SELECT 'user:1', 'old' || n, 'f', 200, now() - interval '25 hours' FROM generate_series(1, 5) n;
INSERT INTO api.answer (scope, key, fingerprint, status) VALUES ('user:1', 'new', 'f', 200);
SELECT is(pg_temp.try('billfold_scheduler', 'SELECT api.sweep_answers(3)'), '3', 'old answers are swept in bites');
SELECT is(pg_temp.try('billfold_scheduler', 'SELECT api.sweep_answers(100)'), '2', 'until none is left');
SELECT is((SELECT count(*) FROM api.answer), 1::bigint, 'but those that are still kept');

-- ---- versions ----

CREATE FUNCTION pg_temp.expect(id text, version text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try('billfold_api', format('SELECT api.expect_version(''tenant.entity'', %L, %L)', id, version))
$$;
SELECT is(pg_temp.expect(:a_entity, '1'), '', 'a version that is the row''s');
SELECT is(pg_temp.expect(:a_entity, '2'), 'ZB412', 'one that is not');
SELECT is(pg_temp.expect(:a_entity, NULL), '', 'no version asks for the row alone');
SELECT is(pg_temp.expect(:b_entity, '1'), 'ZB404', 'another tenant''s row is not there');
SELECT is(pg_temp.expect(gen_random_uuid()::text, '1'), 'ZB404', 'as one that does not exist');
SELECT is(pg_temp.try('billfold_api', 'SELECT api.expect(0, ''ZB412'', ''Gone.'')'), 'ZB412', 'a count of none');
SELECT is(pg_temp.try('billfold_api', 'SELECT api.expect(1)'), '', 'a count of one');

-- A subtransaction stands for a later transaction: a row that it finds is not its own.
CREATE FUNCTION pg_temp.later(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN division_by_zero THEN NULL;
END;
$$;
UPDATE tenant.entity SET phone = '0' WHERE id = :a_entity;
SELECT is((SELECT version FROM tenant.entity WHERE id = :a_entity), 1::bigint, 'a transaction is one change of what it made');
SELECT pg_temp.later(format('UPDATE tenant.entity SET phone = ''1'' WHERE id = %L', :a_entity)) \g /dev/null
SELECT is((SELECT version FROM tenant.entity WHERE id = :a_entity), 1::bigint, 'in whatever part of it');
SELECT pg_temp.later(format('UPDATE tenant.entity SET phone = ''2'' WHERE id = %L', :a_entity)) \g /dev/null
SELECT is((SELECT version FROM tenant.entity WHERE id = :a_entity), 2::bigint, 'a later change moves the version');
SELECT pg_temp.later(format('UPDATE tenant.entity SET phone = ''2'' WHERE id = %L', :a_entity)) \g /dev/null
SELECT is((SELECT version FROM tenant.entity WHERE id = :a_entity), 2::bigint, 'what changes nothing does not');
SELECT pg_temp.later(format('UPDATE tenant.entity SET version = 99, updated_at = ''2000-01-01'', phone = ''3'' WHERE id = %L', :a_entity)) \g /dev/null
SELECT is((SELECT version FROM tenant.entity WHERE id = :a_entity), 3::bigint, 'nobody chooses a version');
SELECT cmp_ok((SELECT updated_at FROM tenant.entity WHERE id = :a_entity), '>=', now(), 'or a time');

-- ---- children ----

INSERT INTO auth.role (id, key, name) VALUES ('0193a000-0000-7000-8000-0000000000f1', 'custom', 'Custom');
INSERT INTO auth.role_permission (role_id, permission) VALUES ('0193a000-0000-7000-8000-0000000000f1', 'account.read');
SELECT is((SELECT version FROM auth.role WHERE key = 'custom'), 1::bigint, 'children that come with their parent do not move it');
DO $$ BEGIN
    -- A subtransaction stands for a later transaction: rows that it finds are not its own.
    INSERT INTO auth.role_permission (role_id, permission) VALUES ('0193a000-0000-7000-8000-0000000000f1', 'deal.read');
EXCEPTION WHEN division_by_zero THEN NULL;
END $$;
SELECT is((SELECT (SELECT json_array_length(permissions)) FROM auth.role_view WHERE key = 'custom'), 2, 'a view shows them with it');

SELECT * FROM finish();
ROLLBACK;
