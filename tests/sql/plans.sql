-- Plans that requests stand on: functions that are part of the statement that asks and not planned at each call, rows that are looked
-- up by their keys whatever function their ids come from, outer joins that go when nobody names their columns.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT no_plan();

-- The plan of a statement as a program's role has it.
CREATE FUNCTION pg_temp.plan(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_line text;
    v_plan text := '';
BEGIN
    SET LOCAL ROLE billfold_api;
    SET LOCAL enable_seqscan = off;
    FOR v_line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
        v_plan := v_plan || v_line || E'\n';
    END LOOP;
    RESET ROLE;
    RETURN v_plan;
END;
$$;
SELECT pg_temp.enter(:a) \g /dev/null

-- Enough rows that an index matters, and statistics that say so.
INSERT INTO crm.account (id, account_name, legal_name)
SELECT gen_random_uuid(), 'Customer ' || n, 'Customer ' || n FROM generate_series(1, 2000) n;
ANALYZE crm.account;

CREATE TEMPORARY TABLE asked (name text, plan text);
INSERT INTO asked VALUES
    ('invoice_facts', pg_temp.plan($$ SELECT * FROM billing.invoice_facts('{0193a000-0000-7000-8000-000000000001}', '{}', '{}') $$)),
    ('deal_facts', pg_temp.plan($$ SELECT * FROM billing.deal_facts('0193a000-0000-7000-8000-000000000001') $$)),
    ('draft_context', pg_temp.plan($$ SELECT * FROM billing.draft_context('0193a000-0000-7000-8000-000000000001', NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL) $$)),
    ('render_facts', pg_temp.plan($$ SELECT * FROM document.render_facts('0193a000-0000-7000-8000-000000000001') $$)),
    ('advances', pg_temp.plan($$ SELECT a.id FROM (SELECT ARRAY(SELECT i.account_id FROM billing.invoice i
        WHERE i.id = '0193a000-0000-7000-8000-000000000001') AS ids) w CROSS JOIN LATERAL payment.advances(w.ids) a $$));
SELECT is_empty($$ SELECT name, plan FROM asked WHERE plan ~ 'Function Scan on (?!unnest)' $$,
    'what documents are computed from is planned with the statement that asks');
SELECT matches(plan, 'account a\n.*Index Cond: .*\(id = q\.payer\)', name || ' looks up the payer by its key') FROM asked
 WHERE name IN ('invoice_facts', 'deal_facts', 'draft_context');

-- A function that claims more than it calls is not made part of a statement: it would be planned at each call.
SELECT unalike(pg_temp.plan($$ SELECT billing.series_period('year', d) FROM unnest('{2026-01-01}'::date[]) d $$), '%series_period%',
    'the period of a number is worked out in place');

SELECT unalike(pg_temp.plan($$ SELECT count(*) FROM billing.invoice_view WHERE status = 'open' $$), '%Join%',
    'invoices are counted without their payers');

-- Whose reminders are planned anew is one account's, not looked for among everybody's.
INSERT INTO billing.invoice (id, account_id, entity_id, currency, exponent, author, status, net_total, total, payable, number, series_id,
    series_period, series_no, issue_date, due_date, payment_terms, seller, payer, contact, finalized_at)
SELECT gen_random_uuid(), a.id, a.id, 'EUR', 2, 'test', 'open', 100, 100, 100, a.n, :a, '', a.n, '2026-03-10', '2026-03-10', 0, '{}', '{}', '{}', now()
  FROM (SELECT x.id, row_number() OVER () AS n FROM crm.account x) a;
ANALYZE billing.invoice;
CREATE FUNCTION pg_temp.fetched(statement text, role name DEFAULT 'billfold_maild') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_before bigint := (SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE schemaname = 'billing' AND relname = 'invoice');
BEGIN
    PERFORM set_config('role', role, true);
    SET LOCAL plan_cache_mode = force_generic_plan;
    EXECUTE statement;
    RESET ROLE;
    RETURN (SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE schemaname = 'billing' AND relname = 'invoice') - v_before;
END;
$$;
SELECT cmp_ok(pg_temp.fetched($$ SELECT * FROM collect.open_after((SELECT min(id::text)::uuid FROM crm.account),
    '00000000-0000-0000-0000-000000000000', 500) $$), '<', 10::bigint, 'an account''s open invoices are found by the account');

-- So is what is about to be final, with what it gives back of: neither among all documents of the tenant.
SELECT cmp_ok(pg_temp.fetched(format(asked.statement, (SELECT min(id::text) FROM billing.invoice)), 'billfold_api'), '<', 20::bigint, asked.what)
  FROM (VALUES ($$ SELECT billing.finalize_hold('{%s}') $$, 'documents are held by their keys'),
               ($$ SELECT facts FROM billing.credit_facts(billing.originals('{%1$s}') || '{%1$s}'::uuid[]) $$, 'what they give back of is read by its key'),
               ($$ SELECT * FROM payment.credit_uses(billing.originals('{%1$s}') || '{%1$s}'::uuid[]) $$, 'and so is who has paid it')) AS asked (statement, what);

-- What a look for a text reads of the index of trigrams, in which all tenants' texts stand.
CREATE FUNCTION pg_temp.trigrams_read(statement text, OUT n bigint, OUT blocks bigint) LANGUAGE plpgsql AS $$
BEGIN
    blocks := -pg_stat_get_xact_blocks_fetched('search.entry_text'::regclass);
    EXECUTE 'SELECT count(*) FROM ' || statement INTO n;
    blocks := blocks + pg_stat_get_xact_blocks_fetched('search.entry_text'::regclass);
END;
$$;
ANALYZE search.entry;
-- A planner that compares ways looks at the index's first page, once a statement.
SELECT ok((r).n = asked.n AND (r).blocks <= 2, asked.what || format(' (%s blocks)', (r).blocks))
  FROM (VALUES ($$ search.contains('account', 'legal_name', 'Cu') $$, 2000, 'two letters are looked for in the tenant alone'),
               ($$ search.contains('account', 'legal_name', 'r 1') $$, 1111, 'so is what has no three letters in a row'),
               ($$ search.find('r 1', '{account,deal}', 5000) $$, 1111, 'by a search over kinds too'),
               ($$ search.contains('account', 'legal_name', '%') $$, 0, 'signs are themselves')) AS asked (statement, n, what),
       LATERAL (SELECT pg_temp.trigrams_read(asked.statement) AS r) x;
SELECT ok((r).n = 1 AND (r).blocks > 0, 'a longer one is looked for by its trigrams')
  FROM (SELECT pg_temp.trigrams_read($$ search.contains('account', 'legal_name', 'MER 1999') $$) AS r) x;

SELECT * FROM finish();
ROLLBACK;
