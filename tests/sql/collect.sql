-- collect.sql - what is done about money that does not come: one case, one task, nothing after it is over or a person's.
\ir tap.psql
BEGIN;
SELECT plan(82);
\ir tenants.psql
\ir billing_fixture.psql
\set standard '''0193a000-0000-7000-8000-00000000d001'''
\set other '''0193a000-0000-7000-8000-00000000d002'''
SELECT pg_temp.draft(pg_temp.id(n)) FROM generate_series(1, 6) n \g /dev/null
INSERT INTO collect.policy (id, name, is_default, collector_id) VALUES (:standard, 'Standard', true, :a_owner);
SELECT pg_temp.finalize(ARRAY(SELECT pg_temp.id(n) FROM generate_series(1, 5) n)) \g /dev/null
-- One that bills a subscription.
INSERT INTO billing.subscription (id, account_id, entity_id, state, currency, anchor)
VALUES (pg_temp.id(601), :account, :a_entity, 'active', 'EUR', '2026-01-01');
SELECT pg_temp.draft(pg_temp.id(7)) \g /dev/null
UPDATE billing.invoice SET subscription_id = pg_temp.id(601) WHERE id = pg_temp.id(7);
SELECT pg_temp.finalize(ARRAY[pg_temp.id(7)]) \g /dev/null

-- A method of the account, kept with consent or not; who makes one is not this room's matter.
CREATE FUNCTION pg_temp.method(p_id uuid, p_default boolean, p_consent boolean, p_state text DEFAULT 'active') RETURNS uuid LANGUAGE sql AS $$
    INSERT INTO payment.method (id, account_id, processor, token_sealed, is_default, off_session, consent_at, state)
    VALUES (p_id, '0193a000-0000-7000-8000-0000000000ac', 'sandbox', 'x', p_default, p_consent,
        CASE WHEN p_consent THEN now() END, p_state) RETURNING id $$;
-- A charge of an invoice was declined, on a day, with what C made of it.
CREATE FUNCTION pg_temp.declined(p_invoice uuid, p_outcome text, p_day date DEFAULT '2026-03-15', p_hard boolean DEFAULT false)
RETURNS void LANGUAGE sql AS $$
    SELECT collect.declined(base.new_id(), p_invoice, '0193a000-0000-7000-8000-00000000d001', p_hard, 'insufficient_funds', p_outcome,
        coalesce((SELECT plan_from FROM collect.dunning WHERE invoice_id = p_invoice), p_day),
        CASE p_outcome WHEN 'retry' THEN (p_day + 1)::timestamptz END, CASE p_outcome WHEN 'retry' THEN p_day + 1 END, p_day) $$;
CREATE FUNCTION pg_temp.planned(p_invoice uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(s.kind, ',' ORDER BY s.kind), '') FROM job.schedule s WHERE s.key = 'invoice:' || p_invoice $$;
CREATE FUNCTION pg_temp.case_of(p_invoice uuid) RETURNS collect.dunning LANGUAGE sql AS $$
    SELECT d FROM collect.dunning d WHERE d.invoice_id = p_invoice $$;
CREATE FUNCTION pg_temp.tasks(p_invoice uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(t.kind || ' ' || t.state || ' ' || t.occurrences, ',' ORDER BY t.id), '') FROM crm.task t WHERE t.invoice_id = p_invoice $$;
-- Everything at once has been paid, without the payment's own paths.
CREATE FUNCTION pg_temp.pay(p_invoice uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE billing.invoice SET written_off = amount_due, status = 'uncollectible' WHERE id = p_invoice;
    SELECT collect.resolve(ARRAY[p_invoice]) $$;

-- ---- policies ----
SELECT throws_ok($$INSERT INTO collect.policy (id, name, is_default) VALUES (base.new_id(), 'Second', true)$$, '23505', NULL,
    'there is one default policy');
SELECT throws_ok(format($$INSERT INTO collect.policy (id, name, %s) VALUES (base.new_id(), 'Bad', %L)$$, f, v), '23514', NULL, f || ' = ' || v)
  FROM (VALUES ('retry_days', '{3,1}'), ('retry_days', '{1,1}'), ('retry_days', '{0}'), ('retry_days', '{366}'), ('retry_days', '{NULL}'),
    ('reminder_days', '{7,0}'), ('reminder_days', '{-91}'), ('reminder_days', '{21}'), ('hand_over_day', '14'),
    ('hand_over_day', '-1'), ('thresholds', '{}'), ('final_action', 'sue')) AS bad (f, v);
SELECT lives_ok($$INSERT INTO collect.policy (id, name, retry_days, reminder_days, hand_over_day) VALUES ('0193a000-0000-7000-8000-00000000d002', 'None', '{}', '{}', NULL)$$,
    'a policy may do nothing by itself');
SELECT throws_ok($$UPDATE collect.policy SET is_default = false WHERE is_default; SET CONSTRAINTS ALL IMMEDIATE$$, 'ZBSTA', NULL,
    'a tenant is never without a default');
SELECT throws_ok($$DELETE FROM collect.policy WHERE is_default; SET CONSTRAINTS ALL IMMEDIATE$$, 'ZBSTA', NULL, '... nor by deleting it');
SET CONSTRAINTS ALL DEFERRED;
SET LOCAL ROLE billfold_api;
SELECT collect.make_default(:other) \g /dev/null
UPDATE collect.policy SET is_default = true WHERE id = :other;
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'another becomes it');
SET CONSTRAINTS ALL DEFERRED;
SELECT is((SELECT string_agg(name, ',') FROM collect.policy WHERE is_default), 'None', '... and is the only one');
SELECT is(collect.policy_of(pg_temp.id(1), :account), :other::uuid, 'an account has the default policy');
UPDATE crm.account SET dunning_policy_id = :standard WHERE id = :account;
SELECT is(collect.policy_of(pg_temp.id(1), :account), :standard::uuid, '... or the one that it names');
SELECT throws_ok($$DELETE FROM collect.policy WHERE name = 'Standard'$$, '23503', NULL, 'which cannot be deleted then');
SELECT throws_ok(format('UPDATE crm.account SET dunning_policy_id = %L', base.new_id()), '23503', NULL, 'and is one of the tenant''s own');

-- ---- what is decided on ----
SELECT is((SELECT count(*) FROM job.job WHERE kind = 'plan_reminders'), 2::bigint, 'five invoices made final together are planned by one job');
SELECT is((SELECT max(jsonb_array_length(payload -> 'invoice_ids')) FROM job.job WHERE kind = 'plan_reminders'), 5, '... which names them');
SELECT is((SELECT array_agg(invoice_id ORDER BY invoice_id) FROM collect.facts(ARRAY(SELECT pg_temp.id(n) FROM generate_series(1, 6) n))),
    ARRAY(SELECT pg_temp.id(n) FROM generate_series(1, 5) n), 'a draft is not collected');
SELECT is((SELECT (is_open, is_disputed, due_date, amount_due, threshold, state, may_charge)::text FROM collect.facts(ARRAY[pg_temp.id(1)])),
    '(t,f,2026-04-09,11900,,,f)', 'an open invoice without a case or a method');
UPDATE collect.policy SET thresholds = '[{"currency": "EUR", "amount": 20000}, {"currency": "USD", "amount": 100}]' WHERE id = :standard;
SELECT is((SELECT threshold FROM collect.facts(ARRAY[pg_temp.id(1)])), 20000::bigint, 'the threshold of its currency');
UPDATE collect.policy SET thresholds = '[]' WHERE id = :standard;
UPDATE tenant.entity SET time_zone = NULL WHERE tenant_id = base.tenant_id();
SELECT is((SELECT zone FROM collect.facts(ARRAY[pg_temp.id(1)])), 'Europe/Vienna', 'the tenant''s zone');
UPDATE tenant.entity SET time_zone = 'Europe/Berlin' WHERE tenant_id = base.tenant_id();
SELECT is((SELECT zone FROM collect.facts(ARRAY[pg_temp.id(1)])), 'Europe/Berlin', '... behind the seller''s');
UPDATE crm.account SET time_zone = 'Asia/Tokyo' WHERE id = :account;
SELECT is((SELECT zone FROM collect.facts(ARRAY[pg_temp.id(1)])), 'Asia/Tokyo', '... behind the account''s');
RESET ROLE;
SELECT pg_temp.method(pg_temp.id(901), true, false) \g /dev/null
SELECT is(collect.method_of(:account, false, NULL), NULL, 'without consent no method is charged by itself');
UPDATE payment.method SET off_session = true, consent_at = now() WHERE id = pg_temp.id(901);
SELECT is(collect.method_of(:account, false, NULL), pg_temp.id(901), 'with it, the default one');
SELECT is(collect.method_of(:account, true, pg_temp.id(901)), NULL, 'after a hard decline not the one that it was then');
SELECT is(collect.method_of(:account, true, NULL), pg_temp.id(901), '... but one that came since');

-- ---- a decline ----
SET LOCAL ROLE billfold_maild;
SELECT collect.plan(ARRAY[pg_temp.id(1)], ARRAY['2026-04-06'::timestamptz], ARRAY['2026-04-06'::timestamptz], '{reminder:-3}') \g /dev/null
SET LOCAL ROLE billfold_paymentd;
SELECT pg_temp.declined(pg_temp.id(1), 'retry') \g /dev/null
SELECT is((SELECT (state, step, declines, plan_from, paused_on)::text FROM pg_temp.case_of(pg_temp.id(1))), '(active,decline:1,1,2026-03-15,)',
    'the first decline opens the case');
SELECT is((SELECT owner_id FROM pg_temp.case_of(pg_temp.id(1))), :a_owner::uuid, '... the collector''s, where the account has no owner');
SELECT is(pg_temp.planned(pg_temp.id(1)), 'remind,retry_charge', '... plans the next try');
SELECT is(pg_temp.tasks(pg_temp.id(1)), 'payment_failed open 1', '... opens one task');
SELECT is((SELECT string_agg(step || ' ' || recipient || ' ' || data::text, ',') FROM document.delivery),
    'payment_failed:1 pay@acme.example {"next_try": "2026-03-16"}', '... and tells the payer');
SELECT pg_temp.declined(pg_temp.id(1), 'retry', '2026-03-16') \g /dev/null
SELECT is((SELECT (step, declines, plan_from)::text FROM pg_temp.case_of(pg_temp.id(1))), '(decline:2,2,2026-03-15)', 'the second counts from the first');
SELECT is(pg_temp.tasks(pg_temp.id(1)), 'payment_failed open 2', '... and brings the same task up to date');
SELECT pg_temp.declined(pg_temp.id(1), 'hand_over', '2026-03-22') \g /dev/null
SELECT is((SELECT (state, step, declines, paused_on)::text FROM pg_temp.case_of(pg_temp.id(1))), '(handed_over,hand_over,3,2026-03-22)', 'the last hands it over');
SELECT is(pg_temp.planned(pg_temp.id(1)), '', '... nothing is planned any more');
SELECT is((SELECT count(*) FROM document.delivery), 2::bigint, '... and nothing is mailed');
SELECT is(pg_temp.tasks(pg_temp.id(1)), 'payment_failed open 3', '... the task stays open');
SELECT pg_temp.declined(pg_temp.id(1), 'retry', '2026-03-25') \g /dev/null
SELECT is((SELECT (state, declines)::text FROM pg_temp.case_of(pg_temp.id(1))) || pg_temp.planned(pg_temp.id(1)) || (SELECT count(*) FROM document.delivery),
    '(handed_over,4)2', 'a person''s own try that is declined starts nothing by itself');
SELECT ok(NOT document.still_to_mail('invoice', pg_temp.id(1), 'reminder'), 'a mail that was on its way is not sent');
SELECT ok(document.still_to_mail('invoice', pg_temp.id(1), 'invoice'), '... but the document itself is');

-- ---- tries ----
SELECT pg_temp.declined(pg_temp.id(2), 'retry') \g /dev/null
SELECT is(collect.retry(pg_temp.id(801), pg_temp.id(1)), false, 'no try for what was handed over');
SELECT is(collect.retry(pg_temp.id(802), pg_temp.id(3)), false, '... nor without a case');
SELECT is(collect.retry(pg_temp.id(803), pg_temp.id(2)), true, 'a planned try starts an attempt');
SELECT throws_ok($$SELECT collect.retry(pg_temp.id(804), pg_temp.id(2))$$, 'ZB409', NULL, '... and no second beside it: whoever asks plans it anew');
SELECT is((SELECT string_agg(source || ' ' || amount, ',') FROM payment.attempt), 'retry 11900', '... of the policy, for what is due');
UPDATE payment.attempt SET state = 'declined', resolved_at = now();
SELECT pg_temp.declined(pg_temp.id(2), 'wait', '2026-03-16', true) \g /dev/null
SELECT is((SELECT (state, stopped, stopped_method_id, paused_on)::text FROM pg_temp.case_of(pg_temp.id(2))),
    format('(active,t,%s,2026-03-16)', pg_temp.id(901)), 'a hard decline: the plan stands still');
SELECT is(pg_temp.planned(pg_temp.id(2)) || collect.retry(pg_temp.id(805), pg_temp.id(2))::text, 'false', '... and nothing is tried');
SELECT is((SELECT count(*) FROM job.job WHERE kind = 'retry_charge'), 0::bigint, 'nothing resumes with the same method');
RESET ROLE;
UPDATE payment.method SET is_default = false, state = 'declined' WHERE id = pg_temp.id(901);
SELECT pg_temp.method(pg_temp.id(902), true, true) \g /dev/null
SET LOCAL ROLE billfold_paymentd;
SELECT collect.method_changed(:account) \g /dev/null
SELECT is((SELECT string_agg(payload ->> 'invoice_id', ',') FROM job.job WHERE kind = 'retry_charge'), pg_temp.id(2)::text, 'another method wakes the case that waited, and no other');
SELECT collect.resume(pg_temp.id(2), '2026-03-20', '2026-03-21') \g /dev/null
SELECT is((SELECT (plan_from, paused_on)::text FROM pg_temp.case_of(pg_temp.id(2))) || pg_temp.planned(pg_temp.id(2)), '(2026-03-20,)retry_charge', '... its plan goes on');
UPDATE billing.invoice SET dispute_status = 'disputed' WHERE id = pg_temp.id(2);
SELECT throws_ok($$SELECT collect.retry(pg_temp.id(806), pg_temp.id(2))$$, 'ZB409', NULL, 'no try while it is disputed: whoever asks plans it anew');
UPDATE billing.invoice SET dispute_status = 'won' WHERE id = pg_temp.id(2);

-- ---- hold and release ----
RESET ROLE;
SET LOCAL ROLE billfold_api;
SELECT collect.hold(pg_temp.id(2), :standard, (SELECT id FROM pg_temp.case_of(pg_temp.id(2))), 'talking', '2026-03-21') \g /dev/null
SELECT is((SELECT (state, paused_on, hold_reason)::text FROM pg_temp.case_of(pg_temp.id(2))) || pg_temp.planned(pg_temp.id(2)), '(held,2026-03-21,talking)',
    'what is held has nothing planned');
SELECT throws_ok(format($$SELECT collect.hold(pg_temp.id(%s), '0193a000-0000-7000-8000-00000000d001', coalesce((SELECT id FROM pg_temp.case_of(pg_temp.id(%s))), base.new_id()), NULL, '2026-03-21')$$, n, n),
    state, NULL, what) FROM (VALUES (2, 'ZBSTA', 'it is not held twice'), (1, 'ZBSTA', 'what a person has is not held'),
    (6, 'ZBSTA', 'nor a draft'), (99, 'ZB404', 'nor what is not there')) AS t (n, state, what);
SELECT collect.release(pg_temp.id(2), '2026-03-20', NULL, '2026-03-23', '2026-04-06', 'reminder:-3') \g /dev/null
SELECT is((SELECT (state, paused_on, hold_reason)::text FROM pg_temp.case_of(pg_temp.id(2))) || pg_temp.planned(pg_temp.id(2)), '(active,,)remind,retry_charge',
    'released, it goes on by itself');
SELECT throws_ok($$SELECT collect.release(pg_temp.id(2), NULL, NULL, NULL, NULL, NULL)$$, 'ZBSTA', NULL, 'what runs is not released');
SELECT throws_ok($$SELECT collect.release(pg_temp.id(3), NULL, NULL, NULL, NULL, NULL)$$, 'ZB404', NULL, 'nor what has no case');

-- ---- reminders ----
RESET ROLE;
INSERT INTO crm.contact (id, account_id, name, email, roles) VALUES (pg_temp.id(701), :account, 'Second', 'second@acme.example', '{billing}');
SET LOCAL ROLE billfold_maild;
SELECT collect.remind(pg_temp.id(3), :standard, -3, false, '2026-04-06', '2026-04-09', '2026-04-09', 'reminder:0') \g /dev/null
SELECT is((SELECT string_agg(recipient, ',' ORDER BY recipient) FROM document.delivery WHERE step = 'reminder:-3'), 'pay@acme.example,second@acme.example',
    'a reminder goes to each billing contact of today');
SELECT is((SELECT count(*) FROM collect.dunning WHERE invoice_id = pg_temp.id(3)), 0::bigint, 'a word before the due date opens no case');
SELECT is((SELECT (due_at, payload)::text FROM job.schedule WHERE kind = 'remind' AND key = 'invoice:' || pg_temp.id(3)),
    ('2026-04-09'::timestamptz, format('{"from": "2026-04-09T00:00:00.000000Z", "step": "reminder:0", "invoice_id": "%s"}', pg_temp.id(3))::jsonb)::text, '... and the next is planned');
SELECT collect.remind(pg_temp.id(3), :standard, -3, false, '2026-04-06', NULL, NULL, NULL) \g /dev/null
SELECT is((SELECT count(*) FROM document.delivery WHERE step = 'reminder:-3'), 2::bigint, 'the same step again mails nobody twice');
SELECT is(pg_temp.planned(pg_temp.id(3)), '', 'after the last nothing is planned');
SELECT collect.remind(pg_temp.id(3), :standard, 7, false, '2026-04-16', NULL, NULL, NULL) \g /dev/null
SELECT is((SELECT (state, step, reminders, declines)::text FROM pg_temp.case_of(pg_temp.id(3))), '(active,reminder:7,1,0)', 'what is late is in collection');
UPDATE billing.invoice SET dispute_status = 'disputed' WHERE id = pg_temp.id(3);
SELECT collect.remind(pg_temp.id(3), :standard, 14, false, '2026-04-23', '2026-04-30', '2026-04-30', 'hand_over') \g /dev/null
SELECT is((SELECT count(*) FROM document.delivery WHERE step = 'reminder:14') || pg_temp.planned(pg_temp.id(3)), '0remind', 'disputed: nobody is reminded, the plan goes on');
UPDATE billing.invoice SET dispute_status = 'won' WHERE id = pg_temp.id(3);
SELECT collect.remind(pg_temp.id(3), :standard, NULL, true, '2026-04-30', NULL, NULL, NULL) \g /dev/null
SELECT is((SELECT state FROM pg_temp.case_of(pg_temp.id(3))) || ' ' || pg_temp.tasks(pg_temp.id(3)), 'handed_over overdue open 1', 'by date a person takes over');
SELECT collect.remind(pg_temp.id(3), :standard, 30, false, '2026-05-09', '2026-05-30', '2026-05-30', 'x') \g /dev/null
SELECT is((SELECT count(*) FROM document.delivery WHERE step = 'reminder:30') || pg_temp.planned(pg_temp.id(3)), '0', '... and nothing follows');

-- ---- the end ----
SET LOCAL ROLE billfold_paymentd;
SELECT pg_temp.declined(pg_temp.id(7), 'hand_over') \g /dev/null
SELECT is((SELECT state FROM billing.subscription), 'unpaid', 'hand-over marks the subscription that the invoice bills');
RESET ROLE;
SELECT pg_temp.pay(pg_temp.id(7)) \g /dev/null
SELECT is((SELECT state FROM billing.subscription), 'active', '... until it is paid');
SELECT pg_temp.pay(pg_temp.id(2)), pg_temp.pay(pg_temp.id(3)) \g /dev/null
SELECT is((SELECT state FROM pg_temp.case_of(pg_temp.id(2))) || ' ' || pg_temp.planned(pg_temp.id(2)) || ' ' || pg_temp.tasks(pg_temp.id(2)), 'resolved  payment_failed done 2',
    'what is settled is over: case, plans and task');
SET LOCAL ROLE billfold_maild;
SELECT collect.remind(pg_temp.id(2), :standard, 7, false, '2026-04-16', '2026-04-23', '2026-04-23', 'x'),
       collect.plan(ARRAY[pg_temp.id(2)], ARRAY['2026-04-23'::timestamptz], ARRAY['2026-04-23'::timestamptz], '{x}') \g /dev/null
SELECT is((SELECT count(*) FROM document.delivery WHERE document_id = pg_temp.id(2) AND step LIKE 'reminder%') || pg_temp.planned(pg_temp.id(2)), '0',
    'no step after it, whoever is late');
RESET ROLE;
SELECT pg_temp.enter(:b) \g /dev/null
SET LOCAL ROLE billfold_api;
SELECT is_empty('SELECT 1 FROM collect.dunning UNION ALL SELECT 1 FROM collect.policy', 'another tenant sees nothing of it');
SELECT throws_ok(format($$SELECT collect.hold(pg_temp.id(4), %L, base.new_id(), NULL, '2026-03-21')$$, base.new_id()), 'ZB404', NULL, '... and holds nothing');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
