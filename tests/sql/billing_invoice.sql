-- Invoices: what is final stays, status moves by its rules, amounts agree, one live document an origin.
\ir tap.psql
BEGIN;
\ir tenants.psql
\ir billing_fixture.psql
SELECT no_plan();
SELECT set_config('test.account', :account, true) \g /dev/null

SELECT pg_temp.draft(pg_temp.id(n)) FROM generate_series(1, 9) n \g /dev/null
SELECT pg_temp.finalize(ARRAY[pg_temp.id(1), pg_temp.id(2), pg_temp.id(3)]) \g /dev/null

-- ---- finalizing ----

SELECT is((SELECT string_agg(concat_ws(' ', number, status, amount_due, due_date - issue_date), ', ' ORDER BY series_no)
             FROM billing.invoice WHERE number IS NOT NULL),
    'INV-2026-00001 open 11900 30, INV-2026-00002 open 11900 30, INV-2026-00003 open 11900 30', 'a set is numbered in its order');
SELECT ok((SELECT bool_and(payer ->> 'legal_name' = 'Acme GmbH' AND seller ->> 'name' = 'Alder' AND contact ->> 'email' = 'pay@acme.example')
             FROM billing.invoice WHERE number IS NOT NULL), 'with snapshots');
SELECT throws_ok($$ SELECT pg_temp.finalize(ARRAY[pg_temp.id(1)], '2026-03-10', 2) $$, 'ZBSTA', NULL, 'once');
SELECT throws_ok($$ SELECT pg_temp.finalize(ARRAY[pg_temp.id(4)], '2026-03-10', 7) $$, 'ZB412', NULL, 'as it was read');
SELECT throws_ok($$ SELECT pg_temp.finalize(ARRAY[pg_temp.id(99)]) $$, 'ZB404', NULL, 'if it is there');
SELECT throws_ok($$ SELECT pg_temp.finalize(ARRAY[pg_temp.id(4)], '2026-03-09') $$, 'ZBSER', NULL, 'not before the last of its series');
SELECT is((SELECT last_no FROM billing.series_counter), 3::bigint, 'refusals take no number');
UPDATE crm.account SET po_required = true WHERE id = :account;
SELECT throws_ok($$ SELECT pg_temp.finalize(ARRAY[pg_temp.id(4)]) $$, 'ZB422', NULL, 'with the order number that the account requires');
UPDATE crm.account SET po_required = false, state = 'closed' WHERE id = :account;
SELECT throws_ok($$ SELECT pg_temp.finalize(ARRAY[pg_temp.id(4)]) $$, 'ZBCLO', NULL, 'not for a closed account');
UPDATE crm.account SET state = 'active' WHERE id = :account;
UPDATE crm.contact SET roles = '{}' WHERE id = :contact;
SELECT throws_ok($$ SELECT pg_temp.finalize(ARRAY[pg_temp.id(4)]) $$, 'ZBCON', NULL, 'not without a billing contact');
UPDATE crm.contact SET roles = '{billing}' WHERE id = :contact;
SELECT pg_temp.finalize(ARRAY[pg_temp.id(4)]) \g /dev/null
SELECT is((SELECT series_no FROM billing.invoice WHERE id = pg_temp.id(4)), 4::bigint, 'the next number follows');

-- ---- what is final stays, for every program and for the owner of the tables too ----

SELECT is_empty($$
    SELECT r.rolname, c.column_name
      FROM pg_roles r, information_schema.columns c
     WHERE pg_has_role(r.oid, 'billfold_program', 'MEMBER') AND r.rolname <> 'billfold_program' AND NOT r.rolsuper
       AND c.table_schema = 'billing' AND c.table_name = 'invoice' AND c.is_generated = 'NEVER'
       AND c.column_name NOT IN ('version', 'updated_at', 'archived_at', 'status', 'credited', 'paid', 'written_off', 'sent_at', 'reminded_at',
           'voided_at', 'delivery_status', 'dispute_status', 'amount_processing', 'memo', 'custom')
       AND pg_temp.try(r.rolname, format('UPDATE billing.invoice SET %I = %s WHERE id = %L RETURNING id', c.column_name,
           CASE c.data_type WHEN 'uuid' THEN 'base.new_id()' WHEN 'jsonb' THEN '''{"x": 1}''' WHEN 'boolean' THEN format('NOT %I', c.column_name)
               WHEN 'date' THEN '''2031-01-01''' WHEN 'timestamp with time zone' THEN '''2031-01-01''' WHEN 'numeric' THEN '77'
               WHEN 'text' THEN '''ZZZ''' ELSE format('coalesce(%I, 0) + 1', c.column_name) END, pg_temp.id(1)))
           NOT IN ('ZBFIN', '42501', '23514', '23503') $$, 'no frozen column of a final document changes');
SELECT throws_ok($$ UPDATE billing.invoice SET notes = 'x' WHERE id = pg_temp.id(1) $$, 'ZBFIN', NULL, 'by nobody');
SELECT lives_ok($$ UPDATE billing.invoice SET memo = 'x' WHERE id = pg_temp.id(1) $$, 'an internal memo may');
SELECT throws_ok($$ DELETE FROM billing.invoice WHERE id = pg_temp.id(1) $$, 'ZBFIN', NULL, 'it cannot be deleted');
SELECT throws_ok($$ UPDATE billing.invoice_line SET net = net + 1 WHERE invoice_id = pg_temp.id(1) $$, 'ZBFIN', NULL, 'nor its lines changed');
SELECT throws_ok($$ DELETE FROM billing.invoice_line WHERE invoice_id = pg_temp.id(1) $$, 'ZBFIN', NULL, 'or taken away');
SELECT throws_ok($$ INSERT INTO billing.invoice_line (invoice_id, id, position, description, unit_price, tax_category, tax_rate, amount, discount, net, tax)
    VALUES (pg_temp.id(1), base.new_id(), 9, 'x', 1, 'standard', 0, 1, 0, 1, 0) $$, 'ZBFIN', NULL, 'or added');
SELECT throws_ok($$ UPDATE billing.invoice_tax SET tax = 0 WHERE invoice_id = pg_temp.id(1) $$, 'ZBFIN', NULL, 'nor its taxes changed');
SELECT throws_ok($$ DELETE FROM billing.invoice_tax WHERE invoice_id = pg_temp.id(1) $$, 'ZBFIN', NULL, 'or taken away');
SELECT lives_ok($$ DELETE FROM billing.invoice WHERE id = pg_temp.id(9) $$, 'a draft may go');
UPDATE billing.invoice SET contact_id = :contact WHERE id = pg_temp.id(8);
SELECT pg_temp.finalize(ARRAY[pg_temp.id(8)], '2026-03-10') \g /dev/null
SELECT lives_ok(format('DELETE FROM crm.contact WHERE id = %L', :contact), 'a contact may go');
SELECT is((SELECT contact ->> 'name' FROM billing.invoice WHERE id = pg_temp.id(8)), 'Pay Able', 'and stays on its documents');
INSERT INTO crm.contact (id, account_id, name, email, roles) VALUES (:contact, :account, 'Pay Able', 'pay@acme.example', '{billing}');

-- ---- status and amounts ----

SELECT throws_ok($$ UPDATE billing.invoice SET status = 'draft' WHERE id = pg_temp.id(1) $$, 'ZBSTA', NULL, 'open does not become draft');
SELECT throws_ok($$ UPDATE billing.invoice SET status = 'void' WHERE id = pg_temp.id(5) $$, 'ZBSTA', NULL, 'nor draft void');
SELECT throws_ok($$ UPDATE billing.invoice SET status = 'open' WHERE id = pg_temp.id(5) $$, '23514', NULL, 'nor open without a number');
SELECT throws_ok($$ UPDATE billing.invoice SET status = 'paid' WHERE id = pg_temp.id(1) $$, '23514', NULL, 'nor paid while something is due');
SELECT throws_ok($$ UPDATE billing.invoice SET paid = 11901, status = 'paid' WHERE id = pg_temp.id(1) $$, '23514', NULL, 'nor paid more than is due');
SELECT throws_ok($$ UPDATE billing.invoice SET paid = -1 WHERE id = pg_temp.id(1) $$, '23514', NULL, 'nor less than nothing');
SELECT throws_ok($$ UPDATE billing.invoice SET total = 1 WHERE id = pg_temp.id(5) $$, '23514', NULL, 'totals agree');
SELECT billing.apply_payment(ARRAY[pg_temp.id(1)], '{5000}') \g /dev/null
SELECT is((SELECT status || ' ' || amount_due FROM billing.invoice WHERE id = pg_temp.id(1)), 'partially_paid 6900', 'money in part');
SELECT throws_ok($$ SELECT billing.apply_payment(ARRAY[pg_temp.id(1)], '{6901}') $$, '23514', NULL, 'never more than is due');
SELECT billing.apply_payment(ARRAY[pg_temp.id(1)], '{6900}') \g /dev/null
SELECT is((SELECT status || ' ' || amount_due FROM billing.invoice WHERE id = pg_temp.id(1)), 'paid 0', 'and in whole');
SELECT throws_ok($$ SELECT billing.void_invoices(ARRAY[pg_temp.id(1)]) $$, 'ZBSTA', NULL, 'what is paid is not voided');

-- ---- void ----

SELECT billing.void_invoices(ARRAY[pg_temp.id(2)]) \g /dev/null
SELECT is((SELECT status || ' ' || number || ' ' || amount_due FROM billing.invoice WHERE id = pg_temp.id(2)), 'void INV-2026-00002 0', 'void keeps its number');
SELECT is((SELECT count(*) FROM (SELECT l.account_code FROM ledger.line l JOIN ledger.entry e ON e.id = l.entry_id
        WHERE e.document_id = pg_temp.id(2) GROUP BY 1 HAVING sum(l.debit) <> sum(l.credit)) x), 0::bigint, 'and its entry is reversed');
SELECT throws_ok($$ SELECT billing.void_invoices(ARRAY[pg_temp.id(3), pg_temp.id(5)]) $$, 'ZBSTA', NULL, 'a draft is not voided');
UPDATE billing.invoice SET sent_at = now() WHERE id = pg_temp.id(3);
SELECT throws_ok($$ SELECT billing.void_invoices(ARRAY[pg_temp.id(3)]) $$, 'ZBSTA', NULL, 'nor what was sent');
SELECT throws_ok($$ UPDATE billing.invoice SET sent_at = NULL WHERE id = pg_temp.id(3) $$, 'ZBFIN', NULL, 'which cannot be unsaid');

-- ---- origins ----

SELECT pg_temp.draft(pg_temp.id(20), 'deal:x:one_off') \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.draft(pg_temp.id(21), 'deal:x:one_off') $$, '23505', NULL, 'one live document an origin');
SELECT pg_temp.finalize(ARRAY[pg_temp.id(20)]) \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.draft(pg_temp.id(21), 'deal:x:one_off') $$, '23505', NULL, 'a final one is live');
SELECT billing.void_invoices(ARRAY[pg_temp.id(20)]) \g /dev/null
SELECT lives_ok($$ SELECT pg_temp.draft(pg_temp.id(21), 'deal:x:one_off') $$, 'a void one is not');

-- ---- numbers ----

SELECT throws_ok($$ UPDATE billing.series_counter SET last_no = last_no - 1 $$, 'ZBFIN', NULL, 'a counter does not fall');
SELECT throws_ok($$ UPDATE billing.series_counter SET last_issue_date = last_issue_date - 1 $$, 'ZBSER', NULL, 'nor do its dates');
SELECT pg_temp.finalize(ARRAY[pg_temp.id(5)], '2027-01-01') \g /dev/null
SELECT is((SELECT number::text FROM billing.invoice WHERE id = pg_temp.id(5)), 'INV-2027-00001', 'a new year begins anew');
SELECT is(billing.series_text('R{YY}{MM}-{NNN}', '2026-07-03', 12), 'R2607-012', 'a pattern');
SELECT is(billing.series_text('{N}/{YYYY}', '2026-07-03', 123456), '123456/2026', 'a number is never cut');
SELECT throws_ok($$ UPDATE billing.series SET pattern = 'INV-{N}' $$, '23514', NULL, 'a series that begins anew carries the year');
SELECT throws_ok($$ UPDATE billing.series SET reset = 'never' WHERE series_group = 'invoice' $$, 'ZB409', NULL,
    'a series does not begin anew with numbers that were given');
SELECT throws_ok($$ UPDATE billing.series SET reset = 'month', pattern = 'INV-{YYYY}-{MM}{NNN}' WHERE series_group = 'invoice' $$, 'ZB409', NULL,
    'nor with numbers that read like them');
SELECT throws_ok($$ INSERT INTO billing.series (id, entity_id, series_group, pattern)
    SELECT base.new_id(), entity_id, 'credit_note', 'INV-{YYYY}-{NN}' FROM billing.series $$, 'ZB409', NULL,
    'two series of a seller do not give the same numbers');
SELECT throws_ok($$ INSERT INTO billing.series (id, entity_id, series_group, pattern, reset)
    SELECT base.new_id(), entity_id, 'credit_note', 'INV-2026-{N}', 'never' FROM billing.series $$, 'ZB409', NULL,
    'whether the year is written by the pattern or in it');
SELECT lives_ok($$ UPDATE billing.series SET reset = 'never', pattern = 'R-{NNNNN}' WHERE series_group = 'invoice' $$,
    'with numbers of another shape it does');
SELECT lives_ok($$ UPDATE billing.series SET pattern = 'R{NNN}' WHERE series_group = 'invoice' $$, 'and a pattern alone changes freely');
SELECT throws_ok($$ UPDATE billing.series SET reset = 'year', pattern = 'INV-{YYYY}-{NN}' WHERE series_group = 'invoice' $$, 'ZB409', NULL,
    'back to what was given it does not go');
SELECT is_empty($$ SELECT series_id, series_period FROM billing.invoice WHERE number IS NOT NULL GROUP BY 1, 2
    HAVING count(*) <> max(series_no) - min(series_no) + 1 OR count(*) <> count(DISTINCT series_no) $$, 'no gap');

-- ---- another tenant ----

SELECT pg_temp.enter(:b) \g /dev/null
SELECT is(pg_temp.try('billfold_api', 'SELECT count(*) FROM billing.invoice_view'), '0', 'another tenant sees none');
SELECT is(pg_temp.try('billfold_api', format('SELECT billing.void_invoices(ARRAY[%L::uuid])', pg_temp.id(3))), 'ZB404', 'and touches none');
SELECT * FROM finish();
ROLLBACK;
