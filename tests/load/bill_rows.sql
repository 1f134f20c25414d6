-- bill_rows.sql - the rows that a billing run has just written, as templates for bill.pgbench: the same documents again, for periods
-- :years years before, with ids that are in order of time, in sets of :set of one tenant each. Run by the superuser.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS load CASCADE;
CREATE SCHEMA load;
CREATE TABLE load.document AS
SELECT i.id AS was, base.new_id() AS id, base.new_id() AS entry_id, i.tenant_id, i.subscription_id,
       (row_number() OVER (PARTITION BY i.tenant_id ORDER BY i.id) - 1) / :set AS part
  FROM billing.invoice i WHERE i.period_start >= :'day' AND i.number IS NOT NULL ORDER BY i.id;
-- Tenants in turn, as jobs are.
CREATE TABLE load.batch AS SELECT row_number() OVER (ORDER BY d.part, d.tenant_id) - 1 AS n, d.tenant_id, d.part, count(*) AS documents
  FROM load.document d GROUP BY d.tenant_id, d.part;
ALTER TABLE load.batch ADD PRIMARY KEY (n);
CREATE TABLE load.invoice AS
SELECT b.n AS batch, d.id AS new_id, d.entry_id, i.*
  FROM load.document d JOIN load.batch b ON b.tenant_id = d.tenant_id AND b.part = d.part
  JOIN billing.invoice i ON i.tenant_id = d.tenant_id AND i.id = d.was ORDER BY d.id;
UPDATE load.invoice SET period_start = period_start - make_interval(years => :years), period_end = period_end - make_interval(years => :years),
       series_period = :years, number = :years || '-' || number;
CREATE TABLE load.line AS SELECT b.batch, b.new_id, base.new_id() AS line_id, l.*
  FROM load.invoice b JOIN billing.invoice_line l ON l.tenant_id = b.tenant_id AND l.invoice_id = b.id ORDER BY b.new_id, l.position;
CREATE TABLE load.tax AS SELECT b.batch, b.new_id, t.* FROM load.invoice b
  JOIN billing.invoice_tax t ON t.tenant_id = b.tenant_id AND t.invoice_id = b.id;
CREATE TABLE load.posting AS SELECT b.batch, b.entry_id AS new_id, l.* FROM load.invoice b
  JOIN ledger.entry e ON e.tenant_id = b.tenant_id AND e.document_id = b.id JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id;
CREATE TABLE load.event AS SELECT b.batch, CASE e.object WHEN 'invoice' THEN b.new_id ELSE e.object_id END AS new_id, e.* FROM load.invoice b
  JOIN job.event e ON e.tenant_id = b.tenant_id AND (e.object_id, e.object) IN ((b.id, 'invoice'), (b.subscription_id, 'subscription'))
 WHERE e.type IN ('invoice.finalized', 'subscription.billed')
   AND (e.object = 'invoice' OR e.data ->> 'invoice_id' = b.id::text);
CREATE INDEX ON load.invoice (batch);
CREATE INDEX ON load.line (batch);
CREATE INDEX ON load.tax (batch);
CREATE INDEX ON load.posting (batch);
CREATE INDEX ON load.event (batch);
ANALYZE load.invoice, load.line, load.tax, load.posting, load.event, load.batch;
INSERT INTO billing.series_counter (tenant_id, series_id, period, last_no, last_issue_date)
SELECT DISTINCT i.tenant_id, i.series_id, i.series_period, 0, i.issue_date FROM load.invoice i;
GRANT USAGE ON SCHEMA load TO billfold_program;
GRANT SELECT ON ALL TABLES IN SCHEMA load TO billfold_program;
SELECT count(*) FROM load.batch;
