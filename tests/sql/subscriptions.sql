-- Plans and subscriptions: what was agreed does not change behind who agreed to it, whoever writes.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT no_plan();
\set plan '''0193a000-0000-7000-8000-0000000000c1'''
\set other '''0193a000-0000-7000-8000-0000000000c2'''
\set version '''0193a000-0000-7000-8000-0000000000c3'''

CREATE FUNCTION pg_temp.all_refuse(statement text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT r.rolname || ': ' || coalesce(t, 'done') FROM pg_roles r CROSS JOIN LATERAL pg_temp.try(r.rolname, statement) AS t
     WHERE pg_has_role(r.oid, 'billfold_program', 'MEMBER') AND r.rolname <> 'billfold_program' AND NOT r.rolsuper
       AND coalesce(t, 'done') NOT IN ('ZBFIN', 'ZBSTA', '42501') $$;

SELECT pg_temp.enter(:a) \g /dev/null

-- ---- versions of plans ----

INSERT INTO catalog.plan (id, code, name) VALUES (:plan, 'care', 'Care'), (:other, 'more', 'More');
INSERT INTO catalog.plan_version (id, plan_id, recurring) VALUES (:version, :plan, 'month'), (base.new_id(), :other, 'month'),
    (base.new_id(), :plan, 'year');
INSERT INTO catalog.plan_charge (plan_version_id, id, position, code, description) VALUES (:version, base.new_id(), 1, 'seat', 'Seat');
INSERT INTO catalog.plan_price (plan_version_id, id, position, charge, currency, unit_price) VALUES (:version, base.new_id(), 1, 'seat', 'EUR', 49);
SELECT results_eq($$ SELECT p.code, v.version_no FROM catalog.plan_version v JOIN catalog.plan p ON p.id = v.plan_id ORDER BY 1, 2 $$,
    $$ VALUES ('care', 1), ('care', 2), ('more', 1) $$, 'versions are numbered by their plan');
SELECT is_empty($$ SELECT pg_temp.all_refuse(format('UPDATE catalog.plan_version SET %s RETURNING id', w)) FROM unnest(ARRAY[
    'every = 3', 'trial_days = 30', 'applies_to = ''renewing''', 'valid_from = ''2000-01-01''', 'version_no = 9']) w $$,
    'what a version says does not change');
SELECT is_empty($$ SELECT pg_temp.all_refuse('UPDATE catalog.plan_price SET unit_price = 1 RETURNING id') $$, 'nor does a price');
SELECT is_empty($$ SELECT pg_temp.all_refuse('UPDATE catalog.plan_charge SET quantity = 2 RETURNING id') $$, 'nor a charge');
SELECT is_empty($$ SELECT pg_temp.all_refuse('DELETE FROM catalog.plan_price RETURNING id') $$, 'nor does one go');
SELECT is_empty($$ SELECT pg_temp.all_refuse('DELETE FROM catalog.plan_version RETURNING id') $$, 'nor a version');
-- As of another transaction.
ALTER TABLE catalog.plan_version DISABLE TRIGGER USER;
UPDATE catalog.plan_version SET created_at = now() - interval '1 day';
ALTER TABLE catalog.plan_version ENABLE TRIGGER USER;
SELECT is_empty($$ SELECT pg_temp.all_refuse(format('INSERT INTO catalog.plan_price (plan_version_id, id, position, charge, currency)
    VALUES (%L, base.new_id(), 2, ''seat'', ''USD'') RETURNING id', '0193a000-0000-7000-8000-0000000000c3')) $$, 'nor does one come later');
SELECT lives_ok($$ UPDATE catalog.plan_version SET archived_at = now() $$, 'a version is withdrawn');

SELECT finish();
ROLLBACK;
