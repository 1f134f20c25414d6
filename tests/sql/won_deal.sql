-- What a deal was won with does not change while it is won, by any program's role.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT plan(8);
\set account '''0193a000-0000-7000-8000-0000000000ac'''
\set deal '''0193a000-0000-7000-8000-0000000000de'''
\set line '''0193a000-0000-7000-8000-0000000000d1'''

SELECT pg_temp.enter(:a) \g /dev/null
SELECT crm.create_defaults() \g /dev/null
INSERT INTO crm.account (id, account_name, legal_name) VALUES (:account, 'Acme', 'Acme GmbH'), (:a_entity, 'Other', 'Other');
INSERT INTO crm.deal (id, name, account_id, currency) VALUES (:deal, 'Season', :account, 'EUR');
INSERT INTO crm.deal_line (id, deal_id, position, description, unit_price) VALUES (:line, :deal, 1, 'Set-up', 100);
SELECT lives_ok($$ UPDATE crm.deal_line SET quantity = 2 $$, 'lines of an open deal change');
SELECT crm.deal_win_one(:deal, NULL) \g /dev/null

CREATE FUNCTION pg_temp.all_refuse(statement text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT r.rolname || ': ' || coalesce(t, 'done') FROM pg_roles r CROSS JOIN LATERAL pg_temp.try(r.rolname, statement) AS t
     WHERE pg_has_role(r.oid, 'billfold_program', 'MEMBER') AND r.rolname <> 'billfold_program' AND NOT r.rolsuper
       AND coalesce(t, 'done') NOT IN ('ZBSTA', '42501') $$;
SELECT is_empty($$ SELECT pg_temp.all_refuse('UPDATE crm.deal_line SET quantity = 3 RETURNING id') $$, 'of a won one they do not');
SELECT is_empty($$ SELECT pg_temp.all_refuse('DELETE FROM crm.deal_line RETURNING id') $$, 'nor do they go');
SELECT is_empty($$ SELECT pg_temp.all_refuse('INSERT INTO crm.deal_line (id, deal_id, position, description, unit_price) VALUES
    (base.new_id(), ''0193a000-0000-7000-8000-0000000000de'', 2, ''More'', 1) RETURNING id') $$, 'nor come');
SELECT is_empty($$ SELECT pg_temp.all_refuse(format('UPDATE crm.deal SET %s RETURNING id', w)) FROM unnest(ARRAY[
    'account_id = ''0193a000-0000-7000-8000-0000000000ea''', 'currency = ''USD''', 'discount_percent = 5']) AS w $$,
    'nor do account, currency and discount change');
SELECT throws_ok($$ UPDATE crm.deal SET currency = 'USD' $$, 'ZBSTA', NULL, 'by nobody');
SELECT lives_ok($$ UPDATE crm.deal_line SET quantity = 2 $$, 'a line written as it is changes nothing');
SELECT crm.deal_reopen(:deal) \g /dev/null
SELECT lives_ok($$ DELETE FROM crm.deal_line $$, 'reopened, it is open');
SELECT finish();
ROLLBACK;
