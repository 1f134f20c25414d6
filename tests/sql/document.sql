-- document.sql - what leaves the house: once for each reason and recipient, never of another tenant, never changed.
\ir tap.psql
BEGIN;
SELECT plan(46);
\ir tenants.psql
\ir billing_fixture.psql
SELECT pg_temp.draft(pg_temp.id(1)), pg_temp.draft(pg_temp.id(2)) \g /dev/null
SELECT pg_temp.finalize(ARRAY[pg_temp.id(1)]) \g /dev/null
SET LOCAL ROLE billfold_api;

-- ---- deliveries ----
SELECT throws_ok('SELECT document.send_invoice(pg_temp.id(2))', 'ZBSTA', NULL, 'a draft is not sent');
SELECT document.send_invoice(pg_temp.id(1)) AS first \gset
SELECT is(document.send_invoice(pg_temp.id(1)), :'first', 'asked twice before it has gone: one mail');
SELECT is((SELECT count(*) FROM job.job WHERE kind = 'send_document'), 1::bigint, '... and one job');
SELECT is((SELECT recipient || '|' || step FROM document.delivery), 'pay@acme.example|invoice',
    'it goes to the contact of the snapshot');
SELECT is((SELECT delivery_status FROM billing.invoice WHERE id = pg_temp.id(1)), 'queued', 'the invoice shows it');
SELECT is(document.deliver('invoice', pg_temp.id(1), 'reminder:7', 'reminder', 'pay@acme.example'),
    document.deliver('invoice', pg_temp.id(1), 'reminder:7', 'reminder', 'pay@acme.example'),
    'a step goes to a recipient once');
SELECT throws_ok('UPDATE document.delivery SET state = ''sent''', '42501', NULL, 'only the mail worker says what became of it');
SELECT throws_ok($$SELECT document.deliver('invoice', pg_temp.id(1), 'x', 'newsletter', 'a@b.example')$$, '23514', NULL,
    'there are no other kinds of mail');

-- ---- what comes back ----
RESET ROLE;
SET LOCAL ROLE billfold_maild;
SELECT is((SELECT verdict FROM document.delivery_begin(:'first', 'm@x.example')), 'wait', 'a mail waits for its paper');
UPDATE document.delivery SET state = 'sending', message_id = 'm@x.example' WHERE id = :'first';
-- In a savepoint each: what follows begins with the mail under way.
SAVEPOINT under_way;
SELECT document.mail_take(base.new_id(), :'first', repeat('1', 64), '{"kind": "bounce", "class": "hard", "status": "5.1.1", "sender": "", "sender_name": "",
    "subject": "", "text": "", "shortened": false, "attachments": []}') \g /dev/null
SELECT document.delivery_end(:'first', 'sent', 250, 'ok') \g /dev/null
SELECT is((SELECT state FROM document.delivery WHERE id = :'first'), 'bounced', 'a bounce that is faster than the server''s own answer stays');
ROLLBACK TO under_way;
SELECT document.delivery_end(:'first', 'sent', 250, 'ok') \g /dev/null
SELECT is(document.mail_take(base.new_id(), :'first', repeat('1', 64), '{"kind": "reply", "sender": "a@b.example", "sender_name": "A", "subject": "Re",
    "text": "hello", "shortened": false, "attachments": []}'), 'taken', 'a reply is taken');
SELECT is(document.mail_take(base.new_id(), :'first', repeat('1', 64), '{"kind": "reply", "sender": "a@b.example", "sender_name": "A", "subject": "Re",
    "text": "hello", "shortened": false, "attachments": []}'), 'known', '... once');
SELECT is((SELECT invoice_id FROM document.mail), pg_temp.id(1), '... and belongs to the invoice');
SELECT is((SELECT state FROM document.delivery WHERE id = :'first'), 'sent', '... which it says nothing of');
SELECT is(document.mail_take(base.new_id(), base.new_id(), repeat('2', 64), '{"kind": "reply"}'), 'none', 'of a delivery that there is not: nothing');
SELECT ok(document.delivery_failed(:'first', 'soft', '5.2.2', NULL, 'full'), 'a bounce is news');
SELECT ok(NOT document.delivery_failed(:'first', 'hard', '5.1.1', NULL, 'nobody'), '... once');
SELECT is((SELECT bounce_class || bounce_status || reply FROM document.delivery WHERE id = :'first'), 'soft5.2.2full', '... as it was told first');
SELECT is((SELECT delivery_status FROM billing.invoice WHERE id = pg_temp.id(1)), 'bounced', 'the invoice shows it');
SELECT is((SELECT count(*) FROM crm.task WHERE kind = 'delivery_failed' AND state = 'open'), 1::bigint, 'somebody has a task');
SELECT throws_ok($$UPDATE document.mail SET text = 'other'$$, '42501', NULL, 'what came is not changed');
SELECT is(connect.mailbox_turn('m', 60), true, 'a mailbox is looked into');
SELECT is(connect.mailbox_turn('m', 60), false, '... and not again at once');
RESET ROLE;
SET LOCAL ROLE billfold_api;

-- ---- still to be mailed ----
SELECT ok(document.still_to_mail('invoice', pg_temp.id(1), 'invoice'), 'an open invoice is mailed');
SELECT ok(document.still_to_mail('invoice', pg_temp.id(1), 'reminder'), '... and reminded of');
SELECT ok(NOT document.still_to_mail('invoice', pg_temp.id(1), 'receipt'), 'no receipt before money');
SELECT ok(NOT document.still_to_mail('invoice', pg_temp.id(2), 'invoice'), 'a draft is not mailed');
UPDATE billing.invoice SET dispute_status = 'disputed' WHERE id = pg_temp.id(1);
SELECT ok(NOT document.still_to_mail('invoice', pg_temp.id(1), 'reminder'), 'what is disputed is not reminded of');
UPDATE billing.invoice SET dispute_status = 'won', paid = 11900, status = 'paid' WHERE id = pg_temp.id(1);
SELECT ok(NOT document.still_to_mail('invoice', pg_temp.id(1), 'reminder'), 'what is paid is not reminded of');
SELECT ok(document.still_to_mail('invoice', pg_temp.id(1), 'receipt'), 'it gets a receipt');
SELECT ok(document.still_to_mail('invoice', pg_temp.id(1), 'invoice'), '... and may be sent as a document');

-- ---- files ----
SELECT document.file_add(base.new_id(), 'invoice', pg_temp.id(1), 'pdf', 'a.pdf', 'application/pdf', 10, repeat('a', 64)),
       document.file_add(base.new_id(), 'invoice', pg_temp.id(1), 'pdf', 'b.pdf', 'application/pdf', 11, repeat('b', 64)) \g /dev/null
SELECT is((SELECT sha256 FROM document.pdf_of(pg_temp.id(1))), repeat('a', 64), 'the first PDF is the document');
SELECT throws_ok('UPDATE document.file SET sha256 = repeat(''c'', 64)', '42501', NULL, 'a stored file is not changed');
SELECT throws_ok('DELETE FROM document.file', '42501', NULL, '... nor forgotten');

-- ---- pay links ----
SELECT document.pay_link_put(pg_temp.id(1), 1, repeat('1', 64)), document.pay_link_put(pg_temp.id(1), 1, repeat('2', 64)) \g /dev/null
SELECT is(document.pay_link_find(repeat('1', 64)), pg_temp.id(1), 'a link leads to its invoice');
SELECT is(document.pay_link_find(repeat('2', 64)), NULL, 'a generation has one token');
SELECT is(document.pay_link_revoke(pg_temp.id(1)), 2, 'revoking names the next generation');
SELECT is(document.pay_link_find(repeat('1', 64)), NULL, 'a revoked link leads nowhere');
SELECT is(document.pay_link_revoke(pg_temp.id(1)), 2, 'revoking again changes nothing');

-- ---- templates ----
SELECT is((SELECT locale FROM document.template_for('invoice', 'de-AT')), 'de', 'the language where the place has none');
SELECT is((SELECT locale FROM document.template_for('invoice', 'ja-JP')), 'en', 'English where the language has none');
INSERT INTO document.template (id, kind, locale, subject, text) VALUES (base.new_id(), 'invoice', 'de', 'Eigener', 'x');
SELECT is((SELECT subject FROM document.template_for('invoice', 'de-AT')), 'Eigener', 'a tenant''s own words come first');
INSERT INTO document.template (id, kind, locale, subject, text) VALUES (base.new_id(), 'invoice', 'de-AT', 'Genauer', 'x');
SELECT is((SELECT subject FROM document.template_for('invoice', 'de-AT')), 'Genauer', '... the exact place before the language');

-- ---- another tenant ----
RESET ROLE;
SELECT pg_temp.enter(:b) \g /dev/null
SET LOCAL ROLE billfold_api;
SELECT is_empty('SELECT 1 FROM document.delivery UNION ALL SELECT 1 FROM document.file UNION ALL SELECT 1 FROM document.template',
    'another tenant sees nothing of it');
SELECT throws_ok('SELECT document.send_invoice(pg_temp.id(1))', 'ZB404', NULL, '... and cannot send it');
SELECT is((SELECT subject FROM document.template_for('invoice', 'de-AT')),
    (SELECT subject FROM document.template_default WHERE kind = 'invoice' AND locale = 'de'), '... and has the default words');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
