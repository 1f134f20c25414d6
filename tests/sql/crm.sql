-- crm: whose events are, and what a customer's page and history cost among a hundred thousand customers.
\ir tap.psql
BEGIN;
\ir tenants.psql
\ir billing_fixture.psql
SELECT no_plan();

-- ---- whose an event is ----

SELECT is((SELECT account_id FROM job.object_facts('contact', :contact)), :account::uuid, 'a row tells whose it is');
SELECT is((SELECT account_id FROM job.object_facts('entity', :a_entity)), NULL::uuid, 'a row that is nobody''s is not a customer''s');
SELECT job.emit('contact.updated', 'contact', :contact) \g /dev/null
SELECT is((SELECT account_id FROM job.event WHERE object_id = :contact), :account::uuid, 'an event is its object''s account''s');
SELECT job.emit('account.updated', 'account', :account) \g /dev/null
SELECT is((SELECT account_id FROM job.event WHERE object_id = :account), :account::uuid, 'an account''s own is its own');
SELECT job.emit('invoice.deleted', 'invoice', pg_temp.id(1), jsonb_build_object('account_id', :account::uuid), 7) \g /dev/null
SELECT is((SELECT account_id FROM job.event WHERE object_id = pg_temp.id(1)), :account::uuid, 'data names it where the row is gone');
SELECT job.emit('invoice.deleted', 'invoice', pg_temp.id(2), NULL, 7, :account) \g /dev/null
SELECT is((SELECT account_id FROM job.event WHERE object_id = pg_temp.id(2)), :account::uuid, 'or who emits it');
SELECT is((SELECT data ->> 'payment_terms' FROM job.event WHERE object_id = :account), '30', 'and tells what systems keep in step by');
SELECT is((SELECT version FROM job.object_facts('payment_attempt', pg_temp.id(3))), NULL::bigint,
          'a table is found by its schema and name too, and has no such row');

-- ---- the tree ----

INSERT INTO crm.account (id, account_name, legal_name, parent_id)
VALUES (pg_temp.id(10), 'B', 'B', :account), (pg_temp.id(11), 'C', 'C', pg_temp.id(10)), (pg_temp.id(12), 'D', 'D', NULL);
SELECT is(crm.account_set(:account, false), ARRAY[:account::uuid], 'an account alone');
SELECT is((SELECT array_agg(x ORDER BY x) FROM unnest(crm.account_set(:account, true)) x),
          ARRAY[:account::uuid, pg_temp.id(10), pg_temp.id(11)], 'and with all below it');
SELECT pg_temp.enter(:b) \g /dev/null
SELECT is(pg_temp.try('billfold_api', format('SELECT crm.account_set(%L, true)', :account)), '{}', 'another tenant''s is nobody''s');
SELECT pg_temp.enter(:a) \g /dev/null

-- ---- cost ----

-- Without triggers: it is the plans that are looked at.
SET LOCAL session_replication_role = replica;
INSERT INTO crm.account (tenant_id, id, account_name, legal_name)
SELECT :a, ('0193b000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Account ' || n, 'Account ' || n FROM generate_series(1, 100000) n;
INSERT INTO crm.contact (tenant_id, id, account_id, name, roles)
SELECT :a, ('0193c000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, ('0193b000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'C', '{billing}'
  FROM generate_series(1, 100000) n;
-- One account has had 20,000 invoices, of which two are open; others have had one each.
INSERT INTO billing.invoice (tenant_id, id, account_id, entity_id, status, currency, exponent, total, payable, net_total, paid, number,
    series_id, series_period, series_no, issue_date, due_date, payment_terms, seller, payer, contact, finalized_at, author)
SELECT :a, ('0193d000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
       CASE WHEN n <= 20000 THEN :account ELSE ('0193b000-0000-7000-8000-' || lpad((n - 20000)::text, 12, '0'))::uuid END, :a_entity, CASE WHEN n <= 2 THEN 'open' ELSE 'paid' END,
       'EUR', 2, 100, 100, 100, CASE WHEN n <= 2 THEN 0 ELSE 100 END, 'N-' || n, :a_entity, '2020', n, '2020-01-01', '2020-01-31', 30, '{}', '{}',
       '{}', now(), 'worker:test'
  FROM generate_series(1, 50000) n;
INSERT INTO job.event (tenant_id, type, object, object_id, account_id, sequence, actor, business_at)
SELECT :a, o || '.updated', o, base.new_id(), :account, n, 'worker:test', now() - n * interval '1 minute'
  FROM generate_series(1, 20000) n, unnest('{deal,invoice,payment}'::text[]) o;
SET LOCAL session_replication_role = origin;
ANALYZE crm.account, crm.contact, job.event, billing.invoice;

CREATE FUNCTION pg_temp.buffers(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_plan json;
BEGIN
    SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL ROLE billfold_api;
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING OFF) ' || statement INTO v_plan;
    RESET ROLE;
    RETURN (v_plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (v_plan #>> '{0,Plan,Shared Read Blocks}')::bigint;
END;
$$;
PREPARE account_page (uuid) AS SELECT row_to_json(v) FROM crm.account_view v WHERE v.id = $1;
PREPARE standing (uuid) AS SELECT v.payment_status, v.balances, v.invoices, v.billing_contact, v.payment_terms FROM crm.account_view v WHERE v.id = $1;
PREPARE history (uuid) AS SELECT entry FROM crm.timeline(crm.account_set($1, true), '{account,contact,deal,invoice,note,payment,task}', NULL,
    NULL, NULL, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 50);
SELECT cmp_ok(pg_temp.buffers($$ EXECUTE account_page('0193b000-0000-7000-8000-000000050000') $$), '<', 120::bigint,
              'an account''s page reads a handful of blocks, whatever else there is');
SELECT cmp_ok(pg_temp.buffers($$ EXECUTE standing('0193a000-0000-7000-8000-0000000000ac') $$), '<', 200::bigint,
              'nor does what a customer has paid count for what it owes');
SELECT is((SELECT v.payment_status || ' ' || (v.balances #>> '{0,amount_due}') FROM crm.account_view v WHERE v.id = :account), 'overdue 200',
          'which is what is open');
SELECT cmp_ok(pg_temp.buffers($$ EXECUTE history('0193a000-0000-7000-8000-0000000000ac') $$), '<', 700::bigint,
              'a page of a long history is walked by its index');

SELECT * FROM finish();
ROLLBACK;
-- What was rolled back is still in the pages, and in what the planner believes of them: other files look at plans too.
VACUUM (ANALYZE) crm.account, crm.contact, job.event, billing.invoice;
