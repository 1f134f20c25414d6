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

-- ---- what a subscription charges ----

\set account '''0193a000-0000-7000-8000-0000000000ac'''
\set sub '''0193a000-0000-7000-8000-0000000000d1'''
\set item '''0193a000-0000-7000-8000-0000000000d2'''
INSERT INTO crm.account (id, account_name, legal_name) VALUES (:account, 'Acme', 'Acme GmbH');
INSERT INTO billing.subscription (id, account_id, entity_id, currency) VALUES (:sub, :account, :a_entity, 'EUR');
INSERT INTO billing.subscription_item (subscription_id, id, position, description, unit_price, recurring) VALUES
    (:sub, :item, 1, 'Care', 49, 'month'), (:sub, base.new_id(), 2, 'More', 5, 'month');
SELECT is(lineage, id, 'an item that carries on nothing is the first of its lineage') FROM billing.subscription_item WHERE id = :item;
SELECT lives_ok($$ UPDATE billing.subscription_item SET unit_price = 48 WHERE position = 1 $$, 'items of a pending one change');
SELECT lives_ok($$ DELETE FROM billing.subscription_item WHERE position = 2 $$, 'and go');
UPDATE billing.subscription SET state = 'active', start_date = base.business_today() - 100, anchor = base.business_today() - 100,
    next_bill_on = base.business_today();
SELECT is_empty($$ SELECT pg_temp.all_refuse(format('UPDATE billing.subscription_item SET %s RETURNING id', w)) FROM unnest(ARRAY[
    'unit_price = 1', 'quantity = 2', 'recurring = ''year''', 'discount_percent = 50', 'valid_from = ''2020-01-01''', 'product_id = id']) w $$,
    'what one charges that has begun does not change, by any program');
SELECT is_empty($$ SELECT pg_temp.all_refuse('DELETE FROM billing.subscription_item RETURNING id') $$, 'nor does it go');
CREATE FUNCTION pg_temp.add(p_from integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO billing.subscription_item (subscription_id, id, position, description, unit_price, recurring, lineage, valid_from)
    VALUES ('0193a000-0000-7000-8000-0000000000d1', base.new_id(), 2, 'Care', 60, 'month', '0193a000-0000-7000-8000-0000000000d2',
        base.business_today() + p_from) $$;
CREATE FUNCTION pg_temp.end_first(p_on integer) RETURNS void LANGUAGE sql AS $$
    SELECT billing.items_end('0193a000-0000-7000-8000-0000000000d1', '{0193a000-0000-7000-8000-0000000000d2}', base.business_today() + p_on) $$;
SELECT throws_ok('SELECT pg_temp.add(10)', 'ZB422', NULL, 'two items of one lineage are not charged on one day');
SELECT lives_ok('SELECT pg_temp.end_first(10)', 'one ends on a day');
SELECT lives_ok('SELECT pg_temp.add(10)', 'and another goes on from it');
SELECT throws_ok('SELECT pg_temp.end_first(11)', 'ZB422', NULL, 'not a day before');
SELECT lives_ok('SELECT pg_temp.end_first(0)', 'an end that is to come moves');
SELECT throws_ok('SELECT pg_temp.end_first(5)', 'ZBSTA', NULL, 'what has ended stays so');

-- ---- bill dates ----

CREATE FUNCTION pg_temp.next_after(setting text) RETURNS date LANGUAGE plpgsql AS $$
DECLARE
    v date;
BEGIN
    UPDATE billing.subscription SET paused_on = NULL, end_date = NULL, term_end = NULL;
    EXECUTE 'UPDATE billing.subscription SET ' || setting;
    UPDATE billing.subscription SET next_bill_on = base.business_today() + 3 RETURNING next_bill_on INTO v;
    RETURN v;
END;
$$;
SELECT is(pg_temp.next_after(c || ' = base.business_today() + 3'), NULL, 'nothing is billed from the day on: ' || c)
  FROM unnest(ARRAY['paused_on', 'end_date', 'term_end']) c;
SELECT is(pg_temp.next_after(c || ' = base.business_today() + 4'), base.business_today() + 3, 'but until then: ' || c)
  FROM unnest(ARRAY['paused_on', 'end_date', 'term_end']) c;

-- ---- periods, as they are shown ----

SELECT results_eq(format('SELECT * FROM billing.period_at(%L, %L, %L, %s, %L)', anchor, calendar, recurring, every, day),
    format('VALUES (%L::date, %L::date)', p_start, p_end), format('the %s of %s from %s', recurring, day, anchor))
  FROM (VALUES ('2026-01-31', false, 'month', 1, '2026-02-27', '2026-01-31', '2026-02-28'),
               ('2026-01-31', false, 'month', 1, '2026-03-30', '2026-02-28', '2026-03-31'),
               ('2028-01-31', false, 'month', 1, '2028-02-29', '2028-02-29', '2028-03-31'),
               ('2025-11-30', false, 'quarter', 1, '2026-03-01', '2026-02-28', '2026-05-30'),
               ('2028-02-29', false, 'year', 1, '2032-02-28', '2031-02-28', '2032-02-29'),
               ('2026-01-15', true, 'month', 1, '2026-01-31', '2026-01-15', '2026-02-01'),
               ('2026-05-15', true, 'quarter', 1, '2026-07-01', '2026-07-01', '2026-10-01'),
               ('2026-05-15', true, 'half_year', 1, '2026-05-15', '2026-05-15', '2026-07-01'),
               ('2026-05-15', true, 'year', 2, '2027-12-31', '2026-05-15', '2028-01-01'),
               ('2026-11-28', true, 'week', 2, '2026-12-07', '2026-12-07', '2026-12-21'),
               ('2026-01-31', false, 'week', 1, '2026-02-06', '2026-01-31', '2026-02-07'))
    AS w (anchor, calendar, recurring, every, day, p_start, p_end);
SELECT is_empty($$ SELECT * FROM billing.period_at('2026-05-15', false, 'month', 1, '2026-05-14') $$, 'there is none before the anchor');

SELECT finish();
ROLLBACK;
