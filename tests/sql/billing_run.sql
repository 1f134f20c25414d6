-- Billing runs: a bill date is billed once whoever writes, what a document says of its period stays, one run a tenant.
\ir tap.psql
BEGIN;
\ir tenants.psql
\ir billing_fixture.psql
SELECT no_plan();
SELECT set_config('test.account', :account, true) \g /dev/null

CREATE FUNCTION pg_temp.subscription(p_id uuid, p_next date) RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO billing.subscription (id, account_id, entity_id, currency, state, anchor, next_bill_on)
    VALUES (p_id, current_setting('test.account')::uuid, '0193a000-0000-7000-8000-0000000000ea', 'EUR', 'active', p_next, p_next) RETURNING id $$;
SELECT pg_temp.subscription(pg_temp.id(50 + n), '2026-03-01') FROM generate_series(1, 3) n \g /dev/null
SELECT pg_temp.draft(pg_temp.id(n)) FROM generate_series(1, 5) n \g /dev/null
UPDATE billing.invoice SET subscription_id = pg_temp.id(51), period_start = '2026-03-01', period_end = '2026-04-01' WHERE id = pg_temp.id(1);

-- ---- once ----

SELECT throws_ok($$ UPDATE billing.invoice SET subscription_id = pg_temp.id(51), period_start = '2026-03-01', period_end = '2026-03-15' WHERE id = pg_temp.id(2) $$,
    '23505', NULL, 'a bill date of a subscription has one live document');
SELECT lives_ok($$ UPDATE billing.invoice SET subscription_id = pg_temp.id(52), period_start = '2026-03-01', period_end = '2026-04-01' WHERE id = pg_temp.id(2) $$,
    'another subscription''s has its own');
SELECT lives_ok($$ UPDATE billing.invoice SET subscription_id = pg_temp.id(51) WHERE id IN (pg_temp.id(3), pg_temp.id(4)) $$,
    'documents of changes are as many as there are');
SELECT throws_ok($$ UPDATE billing.invoice SET period_start = '2026-03-01', period_end = '2026-04-01' WHERE id = pg_temp.id(5) $$,
    '23514', NULL, 'a period is of a subscription');
SELECT throws_ok($$ UPDATE billing.invoice SET subscription_id = pg_temp.id(53), period_start = '2026-03-01', period_end = '2026-03-01' WHERE id = pg_temp.id(5) $$,
    '23514', NULL, 'and has days');
SELECT is(billing.bill_hold(ARRAY[pg_temp.id(51), pg_temp.id(52), pg_temp.id(53)]), ARRAY[pg_temp.id(51), pg_temp.id(52), pg_temp.id(53)],
    'what is due is held');
SELECT lives_ok($$ SELECT billing.bill_move(ARRAY[pg_temp.id(53)], '{2026-03-01}', '{2099-04-01}', ARRAY[NULL::uuid]) $$, 'a bill date that was dealt with moves');
SELECT throws_ok($$ SELECT billing.bill_move(ARRAY[pg_temp.id(53)], '{2026-03-01}', '{2026-04-01}', ARRAY[NULL::uuid]) $$, 'ZB409', NULL, 'once');
SELECT lives_ok($$ SELECT billing.bill_park(ARRAY[pg_temp.id(52)], '{account_closed}', '{Closed.}') $$, 'what cannot be billed is parked');
SELECT billing.bill_park(ARRAY[pg_temp.id(52)], '{account_closed}', '{Closed.}') \g /dev/null
SELECT is((SELECT string_agg(kind || ' ' || occurrences, ', ') FROM crm.task WHERE state = 'open'), 'subscription_parked 1', 'with one task');
SELECT is(billing.bill_hold(ARRAY[pg_temp.id(51), pg_temp.id(52)]), ARRAY[pg_temp.id(51)], 'what is parked is not due');

-- ---- what is final stays ----

SELECT pg_temp.finalize(ARRAY[pg_temp.id(1)]) \g /dev/null
SELECT throws_ok($$ UPDATE billing.invoice SET period_end = '2026-05-01' WHERE id = pg_temp.id(1) $$, 'ZBFIN', NULL, 'the period of a final document');
SELECT throws_ok($$ INSERT INTO billing.invoice_line (invoice_id, id, position, description, unit_price, tax_category, tax_rate, amount, discount, net, tax)
    VALUES (pg_temp.id(1), base.new_id(), 2, 'More', 1, 'standard', 19, 100, 0, 100, 19) $$, 'ZBFIN', NULL, 'a final document takes no line, within a run either');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT throws_ok($$ INSERT INTO billing.invoice_line (invoice_id, id, position, description, unit_price, tax_category, tax_rate, amount, discount, net, tax)
    VALUES (pg_temp.id(99), base.new_id(), 2, 'More', 1, 'standard', 19, 100, 0, 100, 19) $$, '23503', NULL, 'a line without a document is refused at once outside a run');
SELECT throws_ok($$ INSERT INTO billing.invoice SELECT (jsonb_populate_record(NULL::billing.invoice, to_jsonb(i) - 'amount_due' || jsonb_build_object('id', pg_temp.id(98),
        'number', 'X', 'series_no', 9, 'paid', 100, 'status', 'partially_paid', 'period_start', NULL, 'period_end', NULL))).* FROM billing.invoice i WHERE i.id = pg_temp.id(1) $$,
    '428C9', NULL, 'what is due is not written by hand');

-- ---- runs ----

SELECT lives_ok($$ SELECT billing.run_start(pg_temp.id(70)) $$, 'a run begins');
SELECT throws_ok($$ SELECT billing.run_start(pg_temp.id(71)) $$, 'ZBSTA', NULL, 'one at a time');
SELECT is(billing.run_begin(pg_temp.id(71), false, 2), false, 'one that comes by itself waits');
SELECT is(billing.run_begin(pg_temp.id(70), true, 1), true, 'what is due is shared out');
SELECT is((SELECT array_agg(subscriptions) FROM billing.billing_run_batch), ARRAY[ARRAY[pg_temp.id(51)]], 'without what is parked or billed');
SELECT billing.run_begin(pg_temp.id(70), true, 1) \g /dev/null
SELECT is((SELECT count(*) FROM billing.billing_run_batch), 1::bigint, 'once');
SELECT billing.run_end(pg_temp.id(70)) \g /dev/null
SELECT is((SELECT state FROM billing.billing_run), 'running', 'it ends when its batches have');
SELECT billing.batch_count(b.billing_run_id, b.id, 1, 0, true), billing.batch_count(b.billing_run_id, b.id, 5, 0, false) FROM billing.billing_run_batch b \g /dev/null
SELECT billing.run_end(pg_temp.id(70)) \g /dev/null
SELECT is((SELECT r.state || ' ' || r.billed FROM billing.billing_run_view r), 'finished 1', 'and what a batch said late does not count');
SELECT is((SELECT count(*) FROM job.schedule WHERE kind = 'billing_run' AND due_at > base.business_now()), 1::bigint, 'the next one is planned');

-- ---- a batch that cannot be done ----

SELECT pg_temp.subscription(pg_temp.id(80 + n), '2026-03-01') FROM generate_series(1, 3) n \g /dev/null
SELECT billing.run_start(pg_temp.id(75)), billing.run_begin(pg_temp.id(75), true, 10) \g /dev/null
SELECT is((SELECT cardinality(subscriptions) FROM billing.billing_run_batch WHERE billing_run_id = pg_temp.id(75)), 4, 'four are due');
UPDATE job.job SET state = 'dead', finished_at = now(), last_error = 'unavailable: Gone. (FATAL)' WHERE kind = 'bill_batch' \g /dev/null
SELECT billing.run_end(pg_temp.id(75)) \g /dev/null
SELECT results_eq($$ SELECT cardinality(subscriptions) FROM billing.billing_run_batch WHERE billing_run_id = pg_temp.id(75) AND done_at IS NULL $$,
    ARRAY[2, 2], 'a batch whose job is dead goes on as its halves');
SELECT is((SELECT count(*) FROM job.job WHERE kind = 'bill_batch' AND state = 'scheduled' AND payload @> '{"suspect": true}'), 2::bigint, 'a job each');
SELECT billing.run_end(pg_temp.id(75)) \g /dev/null
SELECT is((SELECT count(*) FROM billing.billing_run_batch WHERE billing_run_id = pg_temp.id(75)), 3::bigint, 'which are waited for');
UPDATE job.job SET state = 'dead', finished_at = now(), last_error = 'unavailable: Gone. (FATAL)' WHERE kind = 'bill_batch' AND state = 'scheduled' \g /dev/null
SELECT billing.run_end(pg_temp.id(75)) \g /dev/null
UPDATE job.job SET state = 'dead', finished_at = now(), last_error = 'unavailable: Gone. (FATAL)' WHERE kind = 'bill_batch' AND state = 'scheduled' \g /dev/null
SELECT billing.run_end(pg_temp.id(75)) \g /dev/null
SELECT is((SELECT format('%s %s %s', state, billed, parked) FROM billing.billing_run_view WHERE id = pg_temp.id(75)), 'finished 0 4', 'alone they are parked, and the run ends');
SELECT is((SELECT string_agg(DISTINCT format('%s: %s', park_code, park_reason), ';') FROM billing.subscription WHERE id IN (pg_temp.id(51), pg_temp.id(81))),
    'unavailable: It was tried again and again. Gone.', 'with what was said last, as people may read it');
SELECT * FROM finish();
ROLLBACK;
