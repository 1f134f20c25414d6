-- The journal: entries balance, are written at once, in open periods, and never change.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT no_plan();
SELECT pg_temp.enter(:a) \g /dev/null

-- An entry of these lines: {account, debit, credit, …}.
CREATE FUNCTION pg_temp.post(p_date date, p_lines text[], p_currency text DEFAULT 'EUR', p_id uuid DEFAULT base.new_id()) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    n integer := cardinality(p_lines) / 3;
BEGIN
    PERFORM ledger.post(ARRAY[p_id], ARRAY['0193a000-0000-7000-8000-0000000000ea'::uuid], '{test}', ARRAY[base.new_id()], '{made}', ARRAY[p_date], '{x}',
        array_fill(p_id, ARRAY[n]), ARRAY(SELECT p_lines[3 * i - 2] FROM generate_series(1, n) i), array_fill(NULL::uuid, ARRAY[n]),
        ARRAY(SELECT p_lines[3 * i - 1]::bigint FROM generate_series(1, n) i), ARRAY(SELECT p_lines[3 * i]::bigint FROM generate_series(1, n) i),
        array_fill(p_currency, ARRAY[n]), array_fill(NULL::bigint, ARRAY[n]), array_fill(NULL::bigint, ARRAY[n]));
    RETURN p_id;
END
$$;

SELECT lives_ok($$ SELECT pg_temp.post('2026-03-01', '{1100,119,0,4000,0,100,2100,0,19}', 'EUR', '0193a002-0000-7000-8000-000000000001') $$, 'an entry that balances');
SELECT is((SELECT sum(base_debit) || ' ' || sum(base_credit) FROM ledger.line), '119 119', 'with its base amounts, in the entity''s currency');
SELECT pg_temp.post('2026-03-01', '{1100,5,0,4000,0,5}', 'CHF') \g /dev/null
SELECT is((SELECT count(base_debit) FROM ledger.line WHERE currency = 'CHF'), 0::bigint, 'without them where no rate is known');
SELECT throws_ok($$ SELECT pg_temp.post('2026-03-01', '{1100,119,0,4000,0,118}') $$, 'ZBBAL', NULL, 'one that does not is refused');
SELECT throws_ok($$ SELECT pg_temp.post('2026-03-01', '{1100,1,0,9999,0,1}') $$, 'ZBBAL', NULL, 'so is an account that is not in the chart');
SELECT throws_ok($$ SELECT pg_temp.post('2026-03-01', '{1100,1,1,4000,0,0}') $$, '23514', NULL, 'a line has one side');
SELECT throws_ok($$ SELECT pg_temp.post('2026-03-01', '{1100,-1,0,4000,0,-1}') $$, '23514', NULL, 'of an amount above zero');
SELECT throws_ok($$ INSERT INTO ledger.line (entry_id, position, account_code, debit, credit, currency)
    SELECT '0193a002-0000-7000-8000-000000000001', n, '1100', n % 2, (n + 1) % 2, 'EUR' FROM generate_series(10, 11) n $$, 'ZBBAL', NULL,
    'an entry does not grow');

SELECT is_empty($$
    SELECT r.rolname, s FROM pg_roles r, unnest(ARRAY['UPDATE ledger.line SET debit = debit + 1', 'DELETE FROM ledger.line', 'TRUNCATE ledger.line CASCADE',
           'UPDATE ledger.entry SET memo = ''x''', 'DELETE FROM ledger.entry', 'TRUNCATE ledger.entry CASCADE']) s
     WHERE pg_has_role(r.oid, 'billfold_program', 'MEMBER') AND NOT r.rolsuper AND pg_temp.try(r.rolname, s) <> '42501' $$,
    'no program changes or empties it');
SELECT throws_ok('UPDATE ledger.line SET debit = debit + 1', 'ZBFIN', NULL, 'nor does anybody else');
SELECT throws_ok('DELETE FROM ledger.entry', 'ZBFIN', NULL, 'in any way');
SELECT throws_ok('TRUNCATE ledger.line', 'ZBFIN', NULL, 'at all');

-- ---- periods ----

UPDATE tenant.tenant SET business_at = '2026-05-10T12:00:00Z' WHERE id = :a;
SELECT pg_temp.enter(:a) \g /dev/null
SELECT is(pg_temp.try('billfold_api', 'SELECT ledger.lock(base.new_id(), NULL, ''2026-03-31'')'), :a_entity, 'a period is closed');
SELECT throws_ok($$ SELECT pg_temp.post('2026-03-31', '{1100,1,0,4000,0,1}') $$, 'ZBLCK', NULL, 'nothing is booked into it');
SELECT lives_ok($$ SELECT pg_temp.post('2026-04-01', '{1100,1,0,4000,0,1}') $$, 'the next day is open');
SELECT throws_ok($$ SELECT ledger.lock(base.new_id(), NULL, '2026-03-30') $$, 'ZBLCK', NULL, 'it is not opened again');
SELECT throws_ok($$ SELECT ledger.lock(base.new_id(), NULL, '2026-05-10') $$, 'ZB422', NULL, 'nor closed before it is over');
SELECT throws_ok($$ SELECT ledger.lock(base.new_id(), base.new_id(), '2026-04-30') $$, 'ZB422', NULL, 'of a seller that is there');
SELECT throws_ok($$ SELECT ledger.reverse(ARRAY(SELECT document_id FROM ledger.entry LIMIT 1), 'made', 'unmade', '2026-03-31') $$, 'ZBLCK', NULL,
    'a correction too is booked into an open one');
SELECT ledger.reverse(ARRAY(SELECT document_id FROM ledger.entry), 'made', 'unmade', '2026-04-02') \g /dev/null
SELECT is((SELECT report #>> '{totals}' FROM (SELECT report::jsonb FROM ledger.trial_balance(NULL, NULL, NULL)) t) LIKE '%"difference": 0%', true, 'debits are credits');
SELECT is((SELECT count(*) FROM jsonb_array_elements((SELECT report::jsonb -> 'accounts' FROM ledger.trial_balance(NULL, NULL, NULL))) r
    WHERE (r ->> 'balance')::bigint <> 0), 0::bigint, 'and what was reversed is gone');
SELECT is((SELECT jsonb_array_length(report::jsonb -> 'accounts') FROM ledger.trial_balance(NULL, 'CHF', '2026-03-31')), 2, 'by currency, as of a day');
SELECT pg_temp.enter(:b) \g /dev/null
SELECT is(pg_temp.try('billfold_api', 'SELECT report::jsonb ->> ''accounts'' FROM ledger.trial_balance(NULL, NULL, NULL)'), '[]', 'another tenant has its own');
SELECT * FROM finish();
ROLLBACK;
