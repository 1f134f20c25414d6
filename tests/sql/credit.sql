-- Credit notes: whoever writes, no line gives back more than it charged, and what a document says is credited are its credit notes.
\ir tap.psql
BEGIN;
\ir tenants.psql
\ir billing_fixture.psql
SELECT no_plan();

SELECT pg_temp.draft(pg_temp.id(n)) FROM generate_series(1, 3) n \g /dev/null
SELECT pg_temp.finalize(ARRAY[pg_temp.id(1), pg_temp.id(2)]) \g /dev/null

-- A credit note of a document of that shape: so much of its net and tax, as a draft.
CREATE FUNCTION pg_temp.credit(p_id uuid, p_original uuid, p_net bigint, p_tax bigint, p_units numeric DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing.credit_draft(p_id, p_original, 'Returned', 'credit', NULL, NULL, -p_net, 0, -p_net, -p_tax, -p_net - p_tax, 0, -p_net - p_tax);
    PERFORM billing.content_write(true, ARRAY[p_id], ARRAY[p_id], ARRAY[base.new_id()], '{1}', ARRAY[NULL::uuid],
        ARRAY[NULL::uuid], '{Work}', '{-1}', ARRAY[p_net / 100.0], '{1}', ARRAY[NULL::text], ARRAY[NULL::numeric], ARRAY[NULL::text],
        ARRAY[NULL::numeric], '{standard}', '{19}', ARRAY[-p_net], '{0}', ARRAY[-p_net], ARRAY[-p_tax], ARRAY[NULL::uuid],
        ARRAY[p_id], '{standard}', '{19}', ARRAY[NULL::text], ARRAY[-p_net], ARRAY[-p_tax],
        ARRAY[p_original], ARRAY(SELECT l.id FROM billing.invoice_line l WHERE l.invoice_id = p_original), ARRAY[p_units]);
END
$$;
-- Final, and what it settles is as it says.
CREATE FUNCTION pg_temp.issue(p_id uuid, p_settled bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    c billing.invoice;
    o billing.invoice;
    v_entry uuid := base.new_id();
BEGIN
    SELECT * INTO c FROM billing.invoice i WHERE i.id = p_id;
    SELECT * INTO o FROM billing.invoice i WHERE i.id = c.original_invoice_id;
    PERFORM billing.credit_apply(p_id, o.id, coalesce(p_settled, -c.payable), o.amount_due, o.credited, '{}', '{}', '2026-03-11');
    PERFORM billing.finalize(ARRAY[p_id], ARRAY[c.version], '{2026-03-11}', '{2026-03-11}', '{0}', ARRAY[c.subtotal], '{0}', ARRAY[c.net_total],
        ARRAY[c.tax_total], ARRAY[c.total], '{0}', ARRAY[c.payable], '{0}', '{paid}', ARRAY[NULL::numeric], '{f}', ARRAY[v_entry],
        ARRAY[v_entry, v_entry, v_entry], '{1100,4000,2100}', ARRAY['0193a000-0000-7000-8000-0000000000ac', NULL, NULL]::uuid[],
        ARRAY[0, -c.net_total, -c.tax_total], ARRAY[-c.payable, 0, 0], '{EUR,EUR,EUR}', ARRAY[0, -c.net_total, -c.tax_total],
        ARRAY[-c.payable, 0, 0]);
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
END
$$;

SELECT pg_temp.credit(pg_temp.id(11), pg_temp.id(1), 4000, 760) \g /dev/null
SELECT pg_temp.issue(pg_temp.id(11)) \g /dev/null
SELECT is((SELECT number || ' ' || status FROM billing.invoice WHERE id = pg_temp.id(11)), 'CN-2026-00001 paid', 'credit notes have a series of their own');
SELECT is((SELECT concat_ws(' ', status, credited, amount_due) FROM billing.invoice WHERE id = pg_temp.id(1)), 'open 4760 7140', 'it settles what is due');
SELECT is((SELECT concat_ws(' ', net, tax) FROM billing.line_left(pg_temp.id(1))), '6000 1140', 'of the line the rest is left');

SELECT pg_temp.credit(pg_temp.id(12), pg_temp.id(1), 6001, 1139) \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.issue(pg_temp.id(12)) $$, 'ZBCRE', NULL, 'never more net than the line has left');
SELECT pg_temp.credit(pg_temp.id(13), pg_temp.id(1), 5999, 1141) \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.issue(pg_temp.id(13)) $$, 'ZBCRE', NULL, 'nor more tax');
SELECT pg_temp.credit(pg_temp.id(14), pg_temp.id(1), 10, 1, 1.5) \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.issue(pg_temp.id(14)) $$, 'ZBCRE', NULL, 'nor more units');
SELECT pg_temp.credit(pg_temp.id(16), pg_temp.id(1), 1000, 190) \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.issue(pg_temp.id(16), 1000) $$, 'ZBALL', NULL, 'a credit note settles what it comes to');
SELECT throws_ok($$ UPDATE billing.invoice SET credited = credited + 1 WHERE id = pg_temp.id(2); SET CONSTRAINTS ALL IMMEDIATE $$, 'ZBALL', NULL,
    'nothing is credited without one');
SELECT throws_ok($$ SELECT billing.credit_apply(pg_temp.id(16), pg_temp.id(1), 1190, 7141, 4760, '{}', '{}', '2026-03-11') $$, 'ZB409', NULL,
    'what was read must hold');
SELECT throws_ok($$ SELECT billing.credit_apply(pg_temp.id(16), pg_temp.id(3), 1190, 0, 0, '{}', '{}', '2026-03-11') $$, 'ZBSTA', NULL,
    'a draft is not credited');
SELECT throws_ok($$ SELECT payment.release(ARRAY[base.new_id()], pg_temp.id(1), '{1}', '2026-03-11', pg_temp.id(16)) $$, 'ZB409', NULL,
    'what was not used is not released');
SELECT throws_ok($$ UPDATE billing.invoice SET reason = 'x' WHERE id = pg_temp.id(11) $$, 'ZBFIN', NULL, 'its reason is final');
SELECT throws_ok($$ UPDATE billing.invoice SET original_invoice_id = pg_temp.id(2) WHERE id = pg_temp.id(11) $$, 'ZBFIN', NULL, 'and so is its original');
SELECT throws_ok($$ INSERT INTO billing.invoice (id, kind, account_id, entity_id, currency, exponent) VALUES (base.new_id(), 'credit', '0193a000-0000-7000-8000-0000000000ac',
    '0193a000-0000-7000-8000-0000000000ea', 'EUR', 2) $$, '23514', NULL, 'one of its own has a reason');
SELECT pg_temp.credit(pg_temp.id(17), pg_temp.id(1), 6000, 1140) \g /dev/null
SELECT pg_temp.issue(pg_temp.id(17)) \g /dev/null
SELECT is((SELECT concat_ws(' ', status, credited, amount_due) FROM billing.invoice WHERE id = pg_temp.id(1)), 'paid 11900 0', 'all of it is all of it');
SELECT is_empty($$ SELECT * FROM billing.invariant_credits() $$, 'and all is well');

SELECT * FROM finish();
ROLLBACK;
