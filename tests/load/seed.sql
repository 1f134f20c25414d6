-- seed.sql - invoices of three lines as a business of some years has them, by the functions that the programs use, in
-- sets of :set: of :invoices the first :final are final (one in 20 of them void), the others drafts. Run by the superuser;
-- :tenant, :entity.
--
-- Ids are 01980000-0000-7000-KIND-(number as 12 digits): in order of time, as the programs' own are, and known to who
-- asks for them. Kinds: 8000 invoices, from 1; 8001 accounts, 0 to 999; 8002 products, 0 to 39. Prices are whole
-- multiples of 5.00, so that 20 % of each line is a whole number of cents and the tax of lines is the tax of their group.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE SCHEMA load;
CREATE FUNCTION load.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT ('01980000-0000-7000-' || kind || '-' || lpad(n::text, 12, '0'))::uuid $$;
CREATE FUNCTION load.enter(tenant uuid) RETURNS void LANGUAGE sql
    AS $$ SELECT api.enter(tenant, 'worker:seed', 'seed', 'seed', -1, NULL) $$;

CREATE FUNCTION load.tell(object text, kind text, first bigint, last bigint) RETURNS void LANGUAGE sql
    AS $$ SELECT job.emit(object || '.created', object, load.id(kind, n)) FROM generate_series(first, last) n $$;

-- The lines of invoices: derived, so that every run makes the same.
CREATE FUNCTION load.line(first bigint, last bigint) RETURNS TABLE (n bigint, k integer, quantity numeric, price numeric, amount bigint)
    LANGUAGE sql IMMUTABLE AS $$
    SELECT n, k, q, p, (q * p * 100)::bigint
      FROM generate_series(first, last) n, generate_series(1, 3) k,
           LATERAL (SELECT 1 + (n * 7 + k * 3) % 9 AS q, 5 * (1 + (n * 13 + k * 29) % 60) AS p) v
     ORDER BY n, k $$;

CREATE PROCEDURE load.drafts(tenant uuid, entity uuid, first bigint, last bigint) LANGUAGE plpgsql AS $$
DECLARE
    w integer[] := ARRAY[last - first + 1];
    w3 integer[] := ARRAY[3 * (last - first + 1)];
    v record;
    l record;
BEGIN
    PERFORM load.enter(tenant);
    SELECT array_agg(load.id('8000', s.n)) AS id, array_agg(load.id('8001', s.n % 1000)) AS account,
           array_agg(s.net) AS net, array_agg(s.net / 5) AS tax, array_agg(s.net / 5 * 6) AS total
      INTO v FROM (SELECT x.n, sum(x.amount)::bigint AS net FROM load.line(first, last) x GROUP BY x.n ORDER BY x.n) s;
    PERFORM billing.draft_insert(v.id, v.account, array_fill(entity, w), array_fill(NULL::uuid, w), array_fill(NULL::uuid, w),
        array_fill(NULL::text, w), array_fill('EUR'::text, w), array_fill(2::smallint, w), array_fill(NULL::text, w),
        array_fill(NULL::date, w), array_fill('per_group'::text, w), array_fill(false, w), array_fill(NULL::numeric, w),
        array_fill(0::bigint, w), v.net, array_fill(0::bigint, w), v.net, v.tax, v.total, array_fill(0::bigint, w), v.total);
    SELECT array_agg(load.id('8000', x.n)) AS invoice, array_agg(load.id('9000', x.n * 4 + x.k)) AS id, array_agg(x.k) AS place,
           array_agg(load.id('8002', (x.n + x.k) % 40)) AS product, array_agg('Consulting and works, part ' || x.k) AS text,
           array_agg(x.quantity) AS quantity, array_agg(x.price) AS price, array_agg(x.amount) AS amount,
           array_agg(x.amount / 5) AS tax
      INTO l FROM load.line(first, last) x;
    PERFORM billing.content_write(true, v.id, l.invoice, l.id, l.place, array_fill(NULL::uuid, w3), l.product, l.text,
        l.quantity, l.price, array_fill(1::numeric, w3), array_fill('h'::text, w3), array_fill(NULL::numeric, w3),
        array_fill(NULL::text, w3), array_fill(NULL::numeric, w3), array_fill('standard'::text, w3), array_fill(20::numeric, w3),
        l.amount, array_fill(0::bigint, w3), l.amount, l.tax, array_fill(NULL::uuid, w3),
        v.id, array_fill('standard'::text, w), array_fill(20::numeric, w), array_fill('VAT'::text, w), v.net, v.tax);
    COMMIT;
END $$;

-- Final ones are dated over three years, in the order of their numbers. Their PDFs are not what is measured: those jobs
-- are over.
CREATE PROCEDURE load.finals(tenant uuid, first bigint, last bigint) LANGUAGE plpgsql AS $$
DECLARE
    w integer[] := ARRAY[last - first + 1];
    w3 integer[] := ARRAY[3 * (last - first + 1)];
    v record;
    j record;
BEGIN
    PERFORM load.enter(tenant);
    SELECT array_agg(i.id) AS id, array_agg(i.version) AS version, array_agg(i.day) AS issue, array_agg(i.day + 30) AS due,
           array_agg(i.subtotal) AS subtotal, array_agg(i.net_total) AS net, array_agg(i.tax_total) AS tax,
           array_agg(i.total) AS total, array_agg(i.payable) AS payable, array_agg(load.id('a000', i.n)) AS entry
      INTO v
      FROM (SELECT x.*, n, date '2023-06-01' + (n / 60)::integer AS day
              FROM generate_series(first, last) n
              JOIN billing.invoice x ON x.tenant_id = tenant AND x.id = load.id('8000', n) ORDER BY n) i;
    SELECT array_agg(load.id('a000', x.n)) AS entry, array_agg(x.code) AS code, array_agg(x.customer) AS customer,
           array_agg(x.debit) AS debit, array_agg(x.credit) AS credit
      INTO j
      FROM (SELECT n, p.* FROM generate_series(first, last) n
              JOIN billing.invoice i ON i.tenant_id = tenant AND i.id = load.id('8000', n),
                   LATERAL (VALUES ('1100', i.account_id, i.payable, 0::bigint), ('4000', NULL, 0, i.net_total),
                       ('2100', NULL, 0, i.tax_total)) p (code, customer, debit, credit) ORDER BY n) x;
    PERFORM billing.finalize(p_id => v.id, p_version => v.version, p_issue => v.issue, p_due => v.due,
        p_terms => array_fill(30, w), p_subtotal => v.subtotal, p_discount => array_fill(0::bigint, w), p_net => v.net,
        p_tax => v.tax, p_total => v.total, p_rounding => array_fill(0::bigint, w), p_payable => v.payable,
        p_paid => array_fill(0::bigint, w), p_status => array_fill('open'::text, w),
        p_exchange_rate => array_fill(NULL::numeric, w), p_expired => array_fill(false, w), p_entry => v.entry,
        l_entry => j.entry, l_account => j.code, l_customer => j.customer, l_debit => j.debit, l_credit => j.credit,
        l_currency => array_fill('EUR'::text, w3), l_base_debit => array_fill(NULL::bigint, w3),
        l_base_credit => array_fill(NULL::bigint, w3));
    UPDATE job.job SET state = 'done', finished_at = now() WHERE state = 'scheduled';
    PERFORM billing.void_invoices(array_agg(load.id('8000', n))) FROM generate_series(first, last) n WHERE n % 20 = 0
     HAVING count(*) > 0;
    COMMIT;
END $$;

GRANT USAGE ON SCHEMA load TO billfold_program;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA load TO billfold_program;
SET SESSION AUTHORIZATION billfold_api;
SET search_path = pg_catalog;

BEGIN;
SELECT load.enter(:'tenant') \g /dev/null
INSERT INTO catalog.tax_rate (id, country, category, name, rate) VALUES (load.id('8004', 1), 'AT', 'standard', 'VAT', 20);
INSERT INTO catalog.product (id, code, name, unit)
SELECT load.id('8002', n), 'P-' || n, 'Product ' || n, 'h' FROM generate_series(0, 39) n;
INSERT INTO crm.account (id, account_name, legal_name, payment_terms, invoice_address)
SELECT load.id('8001', n), 'Customer ' || n, 'Customer ' || n || ' GmbH', 30,
       jsonb_build_object('line1', 'Seestrasse ' || n, 'city', 'Wien', 'postal_code', '1010', 'country', 'AT')
  FROM generate_series(0, 999) n;
INSERT INTO crm.contact (id, account_id, name, email, roles)
SELECT load.id('8003', n), load.id('8001', n), 'Office', 'office@customer-' || n || '.example', '{billing}'
  FROM generate_series(0, 999) n;
SELECT load.tell('tax_rate', '8004', 1, 1), load.tell('product', '8002', 0, 39), load.tell('account', '8001', 0, 999),
       load.tell('contact', '8003', 0, 999) \g /dev/null
COMMIT;
-- Statistics after the first set of each: the plans of what follows are made for tables that have rows.
SELECT format('CALL load.drafts(%L, %L, %s, %s)', :'tenant', :'entity', n, least(n + :set - 1, :invoices))
  FROM generate_series(1, :invoices, :set) n
UNION ALL SELECT 'RESET SESSION AUTHORIZATION' UNION ALL SELECT 'ANALYZE' UNION ALL SELECT 'SET SESSION AUTHORIZATION billfold_api'
\gexec
SELECT format('CALL load.finals(%L, %s, %s)', :'tenant', n, least(n + :set - 1, :final)) FROM generate_series(1, :final, :set) n
\gexec

RESET SESSION AUTHORIZATION;
DROP SCHEMA load CASCADE;
