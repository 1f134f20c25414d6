-- subscriptions.sql - :subscriptions active subscriptions of one to three lines, of mixed plans, each of an account of its own, all with
-- the bill date :day, in one tenant; run by the superuser for :tenant. Ids are in order of time, as the programs' own are.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET synchronous_commit = off;
BEGIN;
SELECT api.enter(:'tenant', 'worker:seed', 'seed', 'seed', -1, NULL) \g /dev/null
SELECT default_entity_id AS entity FROM tenant.tenant WHERE id = :'tenant' \gset
INSERT INTO catalog.tax_rate (id, country, category, name, rate) VALUES (base.new_id(), 'AT', 'standard', 'VAT', 20), (base.new_id(), 'DE', 'standard', 'VAT', 19)
    ON CONFLICT DO NOTHING;
CREATE TEMP TABLE t ON COMMIT DROP AS SELECT n, base.new_id() AS account, base.new_id() AS id FROM generate_series(1, :subscriptions) n;
INSERT INTO crm.account (id, account_name, legal_name, payment_terms, invoice_address)
SELECT t.account, 'Customer ' || n, 'Customer ' || n || ' GmbH', 30,
       jsonb_build_object('line1', 'Seestrasse ' || n, 'city', 'Wien', 'postal_code', '1010', 'country', CASE n % 3 WHEN 0 THEN 'DE' ELSE 'AT' END)
  FROM t ORDER BY n;
INSERT INTO crm.contact (id, account_id, name, email, roles)
SELECT base.new_id(), t.account, 'Office', 'office@customer-' || n || '.example', '{billing}' FROM t ORDER BY n;
INSERT INTO billing.subscription (id, account_id, entity_id, currency, state, start_date, anchor, next_bill_on, billing_mode, discount_percent, alignment)
SELECT t.id, t.account, :'entity', 'EUR', 'active', :'day', :'day', :'day', 'finalize', CASE n % 10 WHEN 0 THEN 5 END,
       CASE n % 4 WHEN 0 THEN 'calendar' ELSE 'anniversary' END
  FROM t ORDER BY n;
INSERT INTO billing.subscription_item (subscription_id, id, position, description, quantity, unit_price, recurring, model, tiers)
SELECT t.id, base.new_id(), k, CASE k WHEN 1 THEN 'Seats' WHEN 2 THEN 'Support' ELSE 'Storage' END, 1 + (n * 7 + k) % 40, 5 + (n + k) % 90, 'month',
       CASE WHEN k = 3 THEN 'volume' ELSE 'per_unit' END,
       CASE WHEN k = 3 THEN '[{"up_to": "10", "unit_price": "2", "flat": "0"}, {"up_to": null, "unit_price": "1.5", "flat": "0"}]'::jsonb END
  FROM t, generate_series(1, 3) k WHERE k <= 1 + n % 3 ORDER BY n, k;
SELECT job.emit_all('subscription.created', 'subscription', array_agg(id), array_agg(1::bigint), array_agg(account), array_agg(NULL::jsonb)) FROM t \g /dev/null
SELECT job.emit_all('account.created', 'account', array_agg(account), array_agg(1::bigint), array_agg(account), array_agg(NULL::jsonb)) FROM t \g /dev/null
ANALYZE billing.subscription, crm.account;
SELECT billing.run_replan() \g /dev/null
COMMIT;
