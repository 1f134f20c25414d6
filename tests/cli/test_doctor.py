"""billfold doctor: a sound installation is well, and each of many harms is found, named by table and id."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import uuid

import pytest
from harness.product import Product
from harness.wait import wait_for
from ran import Ran

OK, FAILED, DATA = 0, 1, 65


@pytest.fixture(scope="module")
def house():
    """A whole Billfold that is only this module's: the demo, a second tenant, a second final invoice, a draft."""
    made = Product().start()
    try:
        made.command("demo", "--state", str(made.home / "state" / "demo.json"), "--mail", made.facts["mail"])
        other = made.tenant("other", roles=("owner",))
        other.program().post("/v1/accounts", {"account_name": "Elsewhere", "legal_name": "Elsewhere Ltd", "currency": "EUR", "contacts": [
            {"name": "E", "email": "e@elsewhere.example", "roles": ["billing"]}]}).expect(201)
        yield made
    finally:
        made.stop()


@contextlib.contextmanager
def superuser(house):
    """Past every policy, each statement committed at once."""
    connection = house.database()
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@pytest.fixture(scope="module")
def ids(house):
    """What the harms are done to: ids of the demo tenant, one a name."""
    with superuser(house) as cursor:
        def one(query, *parameters):
            cursor.execute(query, parameters)
            row = cursor.fetchone()
            assert row, query
            return row[0] if len(row) == 1 else row

        tenant = one("SELECT id FROM tenant.tenant WHERE slug = 'demo'")
        found = {"tenant": tenant}
        found["other"] = one("SELECT id FROM tenant.tenant WHERE slug LIKE 'other-%%'")
        found["invoice"], found["series"], found["account"], found["deal"] = one(
            "SELECT id, series_id, account_id, deal_id FROM billing.invoice WHERE tenant_id = %s AND series_no = 1", tenant)
        found["entry"] = one("SELECT id FROM ledger.entry WHERE tenant_id = %s AND document_id = %s", tenant, found["invoice"])
        found["payment"] = one("SELECT id FROM payment.payment WHERE tenant_id = %s ORDER BY id LIMIT 1", tenant)
        found["receipt"] = one("SELECT id FROM ledger.entry WHERE tenant_id = %s AND document_id = %s", tenant, found["payment"])
        found["allocation"] = one("SELECT id FROM payment.allocation WHERE tenant_id = %s AND payment_id = %s", tenant, found["payment"])
        found["contact"] = one("SELECT id FROM crm.contact WHERE tenant_id = %s ORDER BY id LIMIT 1", tenant)
        found["elsewhere"] = one("SELECT id FROM crm.account WHERE tenant_id = %s", found["other"])
        found["line"] = one("SELECT deal_line_id FROM billing.invoice_line WHERE tenant_id = %s AND invoice_id = %s ORDER BY 1 LIMIT 1",
                            tenant, found["invoice"])
        found["job"] = one("SELECT id FROM job.job WHERE tenant_id = %s AND state = 'done' ORDER BY id LIMIT 1", tenant)
        found["event"], found["sequence"] = one("SELECT id, sequence FROM job.event WHERE tenant_id = %s AND object_id = %s "
                                                "AND type = 'invoice.finalized'", tenant, found["invoice"])
        found["created"] = one("SELECT id FROM job.event WHERE tenant_id = %s AND object_id = %s AND type = 'deal.created'",
                               tenant, found["deal"])
        found["trail"] = one("SELECT id FROM audit.entry WHERE tenant_id = %s ORDER BY id LIMIT 1", tenant)
    found["twin"], found["random"] = str(uuid.uuid4()), str(uuid.uuid4())
    return found


# The paid invoice once more, as another final document of the account: with the next number, its lines and entry.
TWIN = """
    CREATE TEMPORARY TABLE twin AS SELECT * FROM billing.invoice WHERE tenant_id = '{tenant}' AND id = '{invoice}';
    ALTER TABLE twin DROP COLUMN amount_due;
    UPDATE twin SET id = '{twin}', number = 'INV-TWIN', origin = NULL, paid = 0, status = 'open',
           series_no = (SELECT last_no + 1 FROM billing.series_counter WHERE tenant_id = '{tenant}' AND series_id = '{series}'),
           finalized_at = (SELECT max(finalized_at) + interval '1 second' FROM billing.invoice WHERE tenant_id = '{tenant}');
    DO $$ BEGIN EXECUTE (SELECT format('INSERT INTO billing.invoice (%1$s) SELECT %1$s FROM twin', string_agg(quote_ident(attname), ','))
        FROM pg_attribute WHERE attrelid = 'twin'::regclass AND attnum > 0 AND NOT attisdropped); END $$;
    INSERT INTO billing.invoice_line SELECT * FROM jsonb_populate_recordset(NULL::billing.invoice_line,
        (SELECT jsonb_agg(to_jsonb(l) || jsonb_build_object('invoice_id', '{twin}', 'id', base.new_id(), 'deal_line_id', NULL))
           FROM billing.invoice_line l WHERE l.tenant_id = '{tenant}' AND l.invoice_id = '{invoice}'));
    UPDATE billing.series_counter SET last_no = last_no + 1 WHERE tenant_id = '{tenant}' AND series_id = '{series}';
"""

# Some of the payment went back, and nothing else says so.
REFUND = """
    INSERT INTO payment.refund (tenant_id, id, payment_id, account_id, amount, currency, state, succeeded_at)
    SELECT tenant_id, '{random}', id, account_id, 1, currency, 'succeeded', now() FROM payment.payment WHERE id = '{payment}';
"""

# Taken so often, good for three documents; and once by a subscription.
COUPON = "INSERT INTO catalog.coupon (tenant_id, id, code, name, percent, periods, redemptions) VALUES ('{tenant}', '{random}', 'HARM', 'Harm', 5, 3, %s);"
TAKEN = ("INSERT INTO billing.subscription_discount (tenant_id, subscription_id, id, position, coupon_id, name, percent, periods_left, returned_at, lowered_on)"
         " VALUES ('{tenant}', '{invoice}', '{twin}', 1, '{random}', 'Harm', 5, %s, %s, %s);")

# (check, what the harm is, how it is done as a superuser, the table and id that have to be named, a part of the words)
HARMS = [
    ("connect.check_mailbox", "a mailbox gives no news", "INSERT INTO connect.mailbox (name, read_at) VALUES ('billing@mail.example/INBOX', now() - interval '2 hours')",
     "connect.mailbox", "billing@mail.example/INBOX", "was last read"),
    ("connect.check_mailbox", "a mailbox was never read", "INSERT INTO connect.mailbox (name) VALUES ('billing@mail.example/INBOX')",
     "connect.mailbox", "billing@mail.example/INBOX", "has never been read"),
    ("ledger.invariant_books", "a line of an entry is larger", "UPDATE ledger.line SET debit = debit + 1 WHERE entry_id = '{entry}' AND debit > 0",
     "ledger.entry", "entry", "differ"),
    ("ledger.invariant_books", "its base amount is", "UPDATE ledger.line SET base_credit = base_credit + 1 WHERE entry_id = '{entry}' AND position = 2",
     "ledger.entry", "entry", "base currency"),
    ("ledger.invariant_books", "lines are gone", "DELETE FROM ledger.line WHERE entry_id = '{entry}'", "ledger.entry", "entry", "no lines"),
    ("ledger.invariant_books", "an account is not of the chart", "UPDATE ledger.line SET account_code = '9999' WHERE entry_id = '{entry}' AND position = 1",
     "ledger.line", "{entry}/1", "9999"),
    ("ledger.invariant_books", "an entry's document is gone", "UPDATE ledger.entry SET document_id = '{random}' WHERE id = '{receipt}'",
     "ledger.entry", "receipt", "does not exist"),
    ("ledger.invariant_books", "an invoice books nothing", "DELETE FROM ledger.entry WHERE id = '{entry}'", "billing.invoice", "invoice", "0 entries"),
    ("ledger.invariant_books", "a payment books nothing", "UPDATE ledger.entry SET event = 'nothing' WHERE id = '{receipt}'",
     "payment.payment", "payment", "0 entries"),
    ("ledger.invariant_books", "something is booked into a locked period",
     "INSERT INTO ledger.period (tenant_id, id, entity_id, locked_through) SELECT tenant_id, '{random}', entity_id, entry_date FROM ledger.entry WHERE id = '{entry}';"
     "INSERT INTO audit.entry (tenant_id, id, recorded_at, business_at, actor, action, object, object_id, after) SELECT tenant_id, base.new_id(),"
     " created_at - interval '1 hour', now(), 'test', 'create', 'ledger_period', '{random}', jsonb_build_object('locked_through', entry_date)"
     " FROM ledger.entry WHERE id = '{entry}'", "ledger.entry", "entry", "locked"),
    ("ledger.invariant_books", "a refund books nothing", REFUND + "UPDATE payment.payment SET refunded = 1 WHERE id = '{payment}'",
     "payment.refund", "random", "0 entries as created"),
    ("ledger.invariant_books", "what a bank holds is booked nowhere", "INSERT INTO payment.dispute (tenant_id, id, payment_id, account_id, invoice_id,"
     " processor, processor_ref, amount, currency, state, withdrawn) SELECT tenant_id, '{random}', id, account_id, '{invoice}', 'sandbox', 'x', 1, currency,"
     " 'open', 1 FROM payment.payment WHERE id = '{payment}'", "payment.dispute", "random", "0 with the bank"),
    ("ledger.invariant_books", "a revaluation has booked nothing", "INSERT INTO ledger.revaluation (tenant_id, id, entity_id, revalued_on, include_bank, print,"
     " difference, currencies) SELECT tenant_id, '{random}', entity_id, entry_date, false, 'f', 7, '[]' FROM ledger.entry WHERE id = '{entry}'",
     "ledger.revaluation", "random", "says 7 and has booked 0"),
    ("ledger.invariant_books", "a revaluation is never reversed", "INSERT INTO ledger.revaluation (tenant_id, id, entity_id, revalued_on, include_bank, print,"
     " difference, currencies) SELECT tenant_id, '{random}', entity_id, entry_date, false, 'f', 5, '[]' FROM ledger.entry WHERE id = '{entry}';"
     "INSERT INTO ledger.entry (tenant_id, id, entity_id, document_kind, document_id, event, entry_date) SELECT tenant_id, '{twin}', entity_id,"
     " 'revaluation', '{random}', 'revalued', entry_date FROM ledger.entry WHERE id = '{entry}'; INSERT INTO ledger.line (tenant_id, entry_id, position,"
     " account_code, debit, credit, currency, base_debit, base_credit) VALUES ('{tenant}', '{twin}', 1, '1190', 5, 0, 'EUR', 5, 0),"
     " ('{tenant}', '{twin}', 2, '4960', 0, 5, 'EUR', 0, 5)", "ledger.revaluation", "random", "leaves 5 on account 1190 after its reversal"),
    ("ledger.invariant_worth", "a receivable is worth more", "UPDATE ledger.line SET base_debit = base_debit + 1 WHERE entry_id = '{entry}'"
     " AND account_code = '1100'", "crm.account", "account", "what is due in EUR is worth"),
    ("ledger.invariant_worth", "a credit is worth nothing", "UPDATE payment.payment SET unapplied = 5 WHERE id = '{payment}'; UPDATE ledger.line"
     " SET account_code = '2200' WHERE entry_id = '{receipt}' AND account_code = '1100'", "crm.account", "account", "what is unused in EUR is worth"),
    ("payment.invariant_fees", "a fee is booked nowhere", "INSERT INTO payment.fee (tenant_id, id, payment_id, kind, ref, amount, currency, base_amount,"
     " booked_on) SELECT tenant_id, '{random}', id, 'charge', 'txn_x', 55, 'EUR', 55, received_on FROM payment.payment WHERE id = '{payment}'",
     "payment.payment", "payment", "its processor kept 55 EUR, worth 55; by the journal 0"),
    ("payment.invariant_conversions", "an exchange is booked nowhere", "INSERT INTO payment.conversion (tenant_id, id, payment_id, kind, ref, amount,"
     " settled, currency, base_amount, booked_on) SELECT tenant_id, '{random}', id, 'charge', 'txn_x', 55, 44, 'GBP', 55, received_on"
     " FROM payment.payment WHERE id = '{payment}'", "payment.payment", "payment", "its processor exchanged -44 GBP, worth -55; by the journal 0"),
    ("billing.invariant_live", "a deal is billed twice", TWIN + "DROP INDEX billing.invoice_origin_key;"
     "UPDATE billing.invoice SET origin = (SELECT origin FROM billing.invoice WHERE id = '{invoice}') WHERE id = '{twin}'",
     "billing.invoice", ("invoice", "twin"), "2 live invoices"),
    ("billing.invariant_live", "a bill date is billed twice", TWIN + "DROP INDEX billing.invoice_subscription_period_key;"
     "UPDATE billing.invoice SET subscription_id = '{random}', period_start = '2026-01-01', period_end = '2026-02-01' WHERE id IN ('{invoice}', '{twin}')",
     "billing.invoice", ("invoice", "twin"), "2 live invoices for the bill date 2026-01-01"),
    ("billing.invariant_live", "what was billed is to be billed again", "INSERT INTO billing.subscription (tenant_id, id, account_id, entity_id, state, currency,"
     " anchor, next_bill_on) SELECT tenant_id, '{random}', account_id, entity_id, 'active', currency, '2026-01-01', '2026-01-01' FROM billing.invoice"
     " WHERE id = '{invoice}'; UPDATE billing.invoice SET subscription_id = '{random}', period_start = '2026-01-01', period_end = '2026-02-01'"
     " WHERE id = '{invoice}'", "billing.subscription", "random", "has a live invoice for 2026-01-01"),
    ("billing.invariant_series", "a number is missing", "UPDATE billing.invoice SET series_no = 9 WHERE id = '{invoice}'", "billing.series", "series", "from 2 to 9"),
    ("billing.invariant_series", "the counter runs ahead", "UPDATE billing.series_counter SET last_no = 7 WHERE series_id = '{series}'",
     "billing.series", "series", "counter at 7"),
    ("billing.invariant_series", "numbers stand in another order", TWIN +
     "UPDATE billing.invoice SET finalized_at = finalized_at - interval '1 day' WHERE id = '{twin}'", "billing.invoice", "twin", "finalized"),
    ("billing.invariant_series", "a final document is a draft again", "ALTER TABLE billing.invoice DROP CONSTRAINT invoice_final_check;"
     "UPDATE billing.invoice SET status = 'draft' WHERE id = '{invoice}'", "billing.invoice", "invoice", "draft"),
    ("payment.invariant_allocations", "an allocation is larger", "UPDATE payment.allocation SET amount = amount + 1 WHERE id = '{allocation}'",
     "payment.payment", "payment", "allocated"),
    ("payment.invariant_allocations", "an allocation is gone", "DELETE FROM payment.allocation WHERE id = '{allocation}'",
     "billing.invoice", "invoice", "allocated"),
    ("payment.invariant_allocations", "a payment has more left", "UPDATE payment.payment SET unapplied = 1 WHERE id = '{payment}'",
     "payment.payment", "payment", "unapplied 1"),
    ("payment.invariant_allocations", "an invoice is paid by less", "ALTER TABLE billing.invoice DROP CONSTRAINT invoice_paid_status_check;"
     "UPDATE billing.invoice SET paid = paid - 1 WHERE id = '{invoice}'", "billing.invoice", "invoice", "paid"),
    ("payment.invariant_allocations", "another account's money is used", "UPDATE payment.payment SET account_id = '{random}' WHERE id = '{payment}'",
     "payment.allocation", "allocation", "of account"),
    ("payment.invariant_allocations", "what was refunded is not of the payment", "UPDATE payment.payment SET refunded = 1 WHERE id = '{payment}'",
     "payment.payment", "payment", "refunded 1, by its refunds 0"),
    ("payment.invariant_allocations", "a refund is not out of the payment", REFUND, "payment.payment", "payment", "refunded 0, by its refunds 1"),
    ("payment.invariant_allocations", "what was charged back is no dispute's", "UPDATE payment.payment SET charged_back = 1 WHERE id = '{payment}'",
     "payment.payment", "payment", "charged back 1, by its disputes 0"),
    ("payment.invariant_allocations", "more is taken back than was used", "INSERT INTO payment.allocation (tenant_id, id, payment_id, invoice_id, amount,"
     " applied_on, refund_id) SELECT tenant_id, '{twin}', payment_id, invoice_id, -2 * amount, applied_on, '{random}' FROM payment.allocation"
     " WHERE id = '{allocation}'", "payment.payment", "payment", "used on invoice"),
    ("payment.invariant_allocations", "another customer is given the money", REFUND + "UPDATE payment.refund SET account_id = '{twin}' WHERE id = '{random}'",
     "payment.refund", "random", "to account"),
    ("billing.invariant_derived", "a total is not the lines' sum", "UPDATE billing.invoice SET subtotal = subtotal + 1 WHERE id = '{invoice}'",
     "billing.invoice", "invoice", "totals"),
    ("billing.invariant_derived", "a tax is larger", "UPDATE billing.invoice_tax SET tax = tax + 1 WHERE invoice_id = '{invoice}'",
     "billing.invoice", "invoice", "taxes"),
    ("billing.invariant_derived", "what is paid is open", "ALTER TABLE billing.invoice DROP CONSTRAINT invoice_paid_status_check;"
     "UPDATE billing.invoice SET status = 'open' WHERE id = '{invoice}'", "billing.invoice", "invoice", "open"),
    ("billing.invariant_derived", "a deal says nothing was billed", "UPDATE crm.deal SET billing_status = 'none' WHERE id = '{deal}'",
     "crm.deal", "deal", "billing status none"),
    ("billing.invariant_derived", "a customer's account of the journal is another's", "UPDATE ledger.line SET customer_account_id = '{random}'"
     " WHERE entry_id = '{entry}' AND customer_account_id IS NOT NULL", "crm.account", "account", "owes"),
    ("billing.invariant_derived", "an invoice owes what nobody booked", TWIN, "crm.account", "account", "owes"),
    ("billing.invariant_derived", "money is unused that nobody booked", "UPDATE payment.payment SET unapplied = 5 WHERE id = '{payment}'",
     "crm.account", "account", "unused"),
    ("billing.invariant_coupons", "a coupon was taken by nobody", COUPON % 1, "catalog.coupon", "random", "taken 1 times, and on 0"),
    ("billing.invariant_coupons", "one more document is lowered", COUPON % 1 + TAKEN % (4, "NULL", "NULL"),
     "billing.subscription_discount", "twin", "is good for 3 documents, has lowered 0 and is to lower 4"),
    ("billing.invariant_coupons", "what lowered a document was given back", COUPON % 0 + TAKEN % (2, "now()", "'2026-01-01'"),
     "billing.subscription_discount", "twin", "was given back"),
    ("billing.invariant_credits", "an invoice is credited by nothing", "ALTER TABLE billing.invoice DROP CONSTRAINT invoice_paid_status_check;"
     " ALTER TABLE billing.invoice DROP CONSTRAINT invoice_amount_due_check; UPDATE billing.invoice SET credited = 1 WHERE id = '{invoice}'",
     "billing.invoice", "invoice", "credited 1, by its credit notes 0"),
    ("billing.invariant_credits", "a line gives back more than it charged", TWIN + "UPDATE billing.invoice SET kind = 'credit', reason = 'x', total = -total,"
     " net_total = -net_total, tax_total = -tax_total, payable = -payable, rounding = -rounding, status = 'paid' WHERE id = '{twin}'; UPDATE billing.invoice_line l"
     " SET net = -2 * o.net, original_invoice_id = o.invoice_id, original_line_id = o.id FROM billing.invoice_line o WHERE l.invoice_id = '{twin}'"
     " AND l.position = 1 AND o.invoice_id = '{invoice}' AND o.deal_line_id = '{line}'", "billing.invoice", "invoice", "given back"),
    ("billing.invariant_credits", "what a document gives is nowhere", "UPDATE ledger.line SET account_code = '2200' WHERE entry_id = '{entry}'"
     " AND account_code = '1100'", "billing.invoice", "invoice", "of which 0 can be found"),
    ("job.invariant_events", "an event is gone", "DELETE FROM job.event WHERE id = '{event}'", "audit.entry", "invoice", "has no event"),
    ("job.invariant_events", "an event tells of nothing", "DELETE FROM audit.entry a USING job.event e WHERE e.id = '{created}' AND a.txid = e.txid AND a.object_id = e.object_id",
     "job.event", "created", "nothing changed"),
    ("job.invariant_events", "a sequence goes back", "UPDATE job.event SET sequence = 1 WHERE id = '{event}'", "job.event", "event", "sequence 1"),
    ("job.invariant_jobs", "a lease is never ended", "UPDATE job.job SET state = 'leased', lease_until = now() - interval '2 minutes', lease_token = '{random}',"
     " finished_at = NULL WHERE id = '{job}'", "job.job", "job", "leased until"),
    ("job.invariant_jobs", "a job was begun too often", "UPDATE job.job SET attempts = max_attempts + 1 WHERE id = '{job}'", "job.job", "job", "begun"),
    ("job.invariant_jobs", "a dead job rings no bell", "UPDATE job.job SET state = 'dead', last_error = 'x' WHERE id = '{job}'", "job.job", "job", "alert"),
    ("job.invariant_jobs", "a job is done at no time", "ALTER TABLE job.job DROP CONSTRAINT job_finished_check; UPDATE job.job SET finished_at = NULL WHERE id = '{job}'", "job.job", "job", "no time"),
    ("base.invariant_references", "a contact is of another tenant's account", "UPDATE crm.contact SET account_id = '{elsewhere}' WHERE id = '{contact}'",
     "crm.contact", "contact", "owner: {other}"),
    ("base.invariant_references", "an invoice is of no seller", "UPDATE billing.invoice SET entity_id = '{random}' WHERE id = '{invoice}'",
     "billing.invoice", "invoice", "tenant.entity"),
    ("base.invariant_references", "a journal line is of no customer", "UPDATE ledger.line SET customer_account_id = '{elsewhere}' WHERE entry_id = '{entry}'"
     " AND customer_account_id IS NOT NULL", "ledger.line", "{entry}/1", "owner: {other}"),
    ("billing.invariant_once", "a deal's line is billed twice", TWIN +
     "UPDATE billing.invoice_line SET deal_line_id = '{line}' WHERE invoice_id = '{twin}' AND position = 1", "crm.deal_line", "line", "2 live invoices"),
    ("collect.invariant_dunning", "what is paid is reminded of", "INSERT INTO job.schedule (tenant_id, id, kind, key, due_at, anchor_at) VALUES"
     " ('{tenant}', '{random}', 'remind', 'invoice:{invoice}', now() + interval '1 day', now())", "job.schedule", "random", "nothing is due"),
    ("collect.invariant_dunning", "a case of what is paid is open", "DELETE FROM collect.dunning WHERE invoice_id = '{invoice}'; INSERT INTO collect.dunning (tenant_id, id, invoice_id, account_id, policy_id)"
     " SELECT '{tenant}', '{random}', '{invoice}', '{account}', id FROM collect.policy WHERE tenant_id = '{tenant}' AND is_default",
     "collect.dunning", "random", "active"),
    ("collect.invariant_dunning", "a person has it, and it is charged", TWIN + "INSERT INTO collect.dunning (tenant_id, id, invoice_id, account_id,"
     " policy_id, state, paused_on) SELECT '{tenant}', base.new_id(), '{twin}', '{account}', id, 'handed_over', current_date FROM collect.policy"
     " WHERE tenant_id = '{tenant}' AND is_default; INSERT INTO job.schedule (tenant_id, id, kind, key, due_at, anchor_at) VALUES"
     " ('{tenant}', '{random}', 'retry_charge', 'invoice:{twin}', now() + interval '1 day', now())", "job.schedule", "random", "handed_over"),
    ("collect.invariant_dunning", "a stolen card is charged again", "INSERT INTO payment.method (tenant_id, id, account_id, processor, token_sealed, state)"
     " VALUES ('{tenant}', '{twin}', '{account}', 'sandbox', 'x', 'declined'); INSERT INTO payment.attempt (tenant_id, id, invoice_id, account_id,"
     " method_id, processor, amount, currency, source, state, decline_class) SELECT '{tenant}', CASE n WHEN 1 THEN"
     " '01a00000-0000-7000-8000-000000000000'::uuid ELSE 'ffffffff-0000-7000-8000-000000000000' END, '{invoice}', '{account}', '{twin}', 'sandbox', 1, 'EUR',"
     " CASE n WHEN 1 THEN 'api' ELSE 'retry' END, 'declined', CASE n WHEN 1 THEN 'hard' ELSE 'soft' END FROM generate_series(1, 2) n",
     "payment.attempt", "ffffffff-0000-7000-8000-000000000000", "hard decline"),
    ("collect.invariant_dunning", "a tenant has no default policy", "ALTER TABLE collect.policy DISABLE TRIGGER guard_default;"
     "UPDATE collect.policy SET is_default = false WHERE tenant_id = '{tenant}'", "collect.policy", None, "no policy is the default"),
    ("base.check_policies", "a table shows all tenants to its owner", "ALTER TABLE crm.note NO FORCE ROW LEVEL SECURITY", "crm.note", None, "not forced"),
    ("base.check_policies", "a second policy lets more through", "CREATE POLICY more ON crm.note USING (true)", "crm.note", None, "2 policies"),
    ("base.check_policies", "a guard is switched off", "ALTER TABLE billing.invoice DISABLE TRIGGER guard_change", "billing.invoice", "guard_change", "off"),
    ("base.check_policies", "a view looks as its owner", "ALTER VIEW crm.note_view RESET (security_invoker)", "crm.note_view", None, "owner"),
    ("base.check_roles", "a program sees every tenant", "ALTER ROLE billfold_api BYPASSRLS", "pg_roles", "billfold_api", "right"),
    ("base.check_roles", "a program may become the owner", "GRANT billfold_owner TO billfold_maild", "pg_roles", "billfold_maild", "may become billfold_owner"),
    ("base.check_roles", "a program has no time limit", "ALTER ROLE billfold_syncd RESET statement_timeout", "pg_roles", "billfold_syncd", "statement_timeout"),
    ("job.check_heartbeats", "a program is silent", "UPDATE job.heartbeat SET beat_at = now() - interval '1 day' WHERE kind = 'render_pdf'",
     "job.heartbeat", "render_pdf", "no sign of life"),
    ("job.check_heartbeats", "nobody does a kind of work", "UPDATE job.job SET state = 'scheduled', kind = 'orphaned', run_at = now() - interval '1 hour',"
     " finished_at = NULL WHERE id = '{job}'", "job.job", "orphaned", "no program"),
    ("job.check_dead", "a job is dead", "UPDATE job.job SET state = 'dead', last_error = 'The processor said no.' WHERE id = '{job}'", "job.job", "job", "said no"),
    ("job.check_overdue", "a schedule was passed over", "INSERT INTO job.schedule (tenant_id, id, kind, key, due_at, anchor_at) VALUES ('{other}', '{random}',"
     " 'render_pdf', 'x', now() - interval '1 hour', now())", "job.schedule", "random", "was due"),
    ("payment.check_unknown", "a charge's outcome is unknown", "INSERT INTO payment.attempt (tenant_id, id, invoice_id, account_id, processor, amount, currency,"
     " source, state, sent_at) VALUES ('{tenant}', '{random}', '{invoice}', '{account}', 'sandbox', 100, 'EUR', 'api', 'unknown', now() - interval '1 hour')",
     "payment.attempt", "random", "unknown"),
    ("payment.check_unknown", "a refund's outcome is unknown", REFUND + "UPDATE payment.refund SET processor = 'sandbox', state = 'unknown', succeeded_at = NULL,"
     " unknown_at = now() - interval '1 hour' WHERE id = '{random}'", "payment.refund", "random", "unknown"),
    ("audit.check_chain", "the trail was rewritten", "SELECT set_config('app.tenant', '{tenant}', true); SELECT audit.seal(1000000);"
     "UPDATE audit.entry SET actor = 'somebody else' WHERE tenant_id = '{tenant}' AND id = '{trail}'", "audit.seal", "1", "not those that were sealed"),
    ("audit.check_chain", "a row of the trail is gone", "SELECT set_config('app.tenant', '{tenant}', true); SELECT audit.seal(1000000);"
     "DELETE FROM audit.entry WHERE tenant_id = '{tenant}' AND id = '{trail}'", "audit.seal", "1", "rows were sealed"),
    ("audit.check_chain", "rows wait for their seal", "UPDATE audit.entry SET recorded_at = now() - interval '1 hour' WHERE tenant_id = '{tenant}';"
     "DELETE FROM audit.seal WHERE tenant_id = '{tenant}'; DELETE FROM audit.head WHERE tenant_id = '{tenant}'", "audit.entry", None, "not sealed"),
]


def run_check(cursor, name):
    cursor.execute("SELECT tenant_id, tenant, table_name, id, finding FROM base.run_check(%s, 1000)", (name,))
    return cursor.fetchall()


@pytest.mark.parametrize("check, harm, statements, table, named, words", HARMS, ids=[f"{h[0].split('.')[1]}: {h[1]}" for h in HARMS])
def test_a_harm_is_found_and_named(house, ids, check, harm, statements, table, named, words):
    connection = house.database()
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            assert run_check(cursor, check) == []
            cursor.execute("SET LOCAL session_replication_role = replica")  # past guards and foreign keys
            cursor.execute(statements.format(**ids))
            cursor.execute("SET LOCAL session_replication_role = origin")
            found = run_check(cursor, check)
    finally:
        connection.rollback()
        connection.close()
    wanted = [ids.get(n, n.format(**ids)) for n in ((named,) if isinstance(named, str) else named or ())]
    assert any(row[2] == table and (not wanted or row[3] in wanted) and words.format(**ids) in row[4] for row in found), found


def test_every_check_of_the_database_is_harmed_here(house):
    with superuser(house) as cursor:
        cursor.execute("SELECT name FROM base.checks('check_') UNION ALL SELECT name FROM base.checks('invariant_')")
        assert {row[0] for row in cursor.fetchall()} == {h[0] for h in HARMS}


# ---- the command ----

@pytest.fixture(scope="module")
def doctor(house, elsewhere):
    """On a machine with room, whatever this one has left."""
    def run(*words):
        words = ("--json", "doctor", *words)
        return Ran(house.command(*words, check=False, env=elsewhere()), words)

    return run


def checks(ran):
    return {c["check"]: c for c in ran.json["checks"]}


def test_a_sound_installation_is_well(house, doctor):
    ran = doctor("--invariants").expect(OK)
    assert (ran.json["failed"], ran.json["warnings"]) == (0, 0), ran.out
    found = checks(ran)
    assert {"configuration", "secret", "keys", "disk", "store", "redis", "nginx", "programs", "mailbox", "connect.mailbox", "database", "schema", "clock", "audit.chain",
            "base.policies", "base.roles", "job.heartbeats", "job.dead", "job.overdue", "I1 ledger.books", "I2 billing.live", "I3 billing.series",
            "I6 payment.allocations", "I7 billing.derived", "I10 job.events", "I11 job.jobs", "I15 base.references", "I16 billing.once", "I18 collect.dunning",
            "I20 document.store"} <= set(found)
    assert found.pop("mailbox")["state"] == "skipped"  # none is configured, and that is told
    assert all(c["state"] == "ok" and c["findings"] == [] for c in found.values())
    assert "I1 ledger.books" in ran.err  # progress
    lines = house.command("doctor").stdout.splitlines()
    assert re.match(r"ok +configuration +/", lines[0]) and not any(" I1 " in line for line in lines)


def test_a_harm_is_told_with_what_to_do_and_ends_in_one(house, doctor, ids):
    with superuser(house) as cursor:
        cursor.execute("UPDATE job.job SET attempts = max_attempts + 1 WHERE id = %s RETURNING tenant_id", (ids["job"],))
        try:
            found = checks(doctor("--invariants").expect(FAILED))["I11 job.jobs"]
        finally:
            cursor.execute("UPDATE job.job SET attempts = 1 WHERE id = %s", (ids["job"],))
    assert found["state"] == "failed" and found["hint"]
    assert [(f["tenant"], f["tenant_id"], f["table"], f["id"]) for f in found["findings"]] == [("demo", ids["tenant"], "job.job", ids["job"])]


def test_only_so_many_findings_are_told_as_were_asked_for(house, doctor):
    def missed():
        """Programs may beat before doctor looks."""
        with superuser(house) as cursor:
            cursor.execute("UPDATE job.heartbeat SET beat_at = beat_at - interval '2 days' WHERE program <> 'scheduler'")
        found = checks(doctor("--limit", "1"))["job.heartbeats"]
        return found if found["found"] > 1 else None

    found = wait_for(missed, what="more than one that is missed")
    assert len(found["findings"]) == 1 and found["state"] == "failed"
    wait_for(lambda: doctor().status == OK, 30, "the next signs of life")
    assert doctor("--limit", "none").status == DATA


def test_what_was_just_started_has_a_moment_to_show(house, elsewhere):
    """In the first seconds after a start nobody has given a sign of life yet: doctor asks again before it says so."""
    beat = "INSERT INTO job.heartbeat (kind, program, stale_after_s, beat_at) VALUES ('t_started', 'maild', 20, now() - interval '1 hour')"
    with superuser(house) as cursor:
        cursor.execute(beat)
        try:
            asked = subprocess.Popen(house.argv("--json", "doctor"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                     env=dict(os.environ, **elsewhere()))
            assert "job.heartbeats: not well; asked again in" in asked.stderr.readline()
            cursor.execute("UPDATE job.heartbeat SET beat_at = clock_timestamp() + interval '1 minute' WHERE kind = 't_started'")
            out, _ = asked.communicate(timeout=120)
            assert asked.returncode == OK and {c["check"]: c["state"] for c in json.loads(out)["checks"]}["job.heartbeats"] == "ok"
        finally:
            cursor.execute("DELETE FROM job.heartbeat WHERE kind = 't_started'")


def stored(house, ids):
    with superuser(house) as cursor:
        cursor.execute("SELECT sha256, id FROM document.file WHERE tenant_id = %s", (ids["tenant"],))
        sha, row = cursor.fetchone()
    return house.home / "state" / "documents" / ids["tenant"] / sha[:2] / sha[2:4] / sha, row


def files_check(doctor, status):
    return checks(doctor("--invariants").expect(status))["I20 document.store"]


def test_a_document_that_is_gone_or_changed_is_found(house, doctor, ids, tmp_path):
    path, row = stored(house, ids)
    kept = tmp_path / "kept"
    shutil.copy2(path, kept)
    owner = path.stat()
    try:
        path.unlink()
        found = files_check(doctor, FAILED)["findings"]
        assert [(f["tenant"], f["table"], f["id"]) for f in found] == [("demo", "document.file", row)]
        path.write_bytes(kept.read_bytes()[:-1] + b"x")
        os.chown(path, owner.st_uid, owner.st_gid)
        found = files_check(doctor, FAILED)["findings"]
        assert [(f["table"], f["id"]) for f in found] == [("document.file", row)] and "holds" in found[0]["finding"]
    finally:
        path.unlink(missing_ok=True)
        shutil.copy2(kept, path)
        os.chown(path, owner.st_uid, owner.st_gid)
    assert files_check(doctor, OK)["state"] == "ok"


def test_an_upload_that_never_ended_is_found_after_an_hour(house, doctor, ids):
    path, _ = stored(house, ids)
    left = path.parent / ".put-left-behind"
    left.write_bytes(b"half")
    try:
        assert files_check(doctor, OK)["state"] == "ok"
        os.utime(left, (1, 1))
        assert files_check(doctor, FAILED)["findings"][0]["table"] == str(left)
    finally:
        left.unlink()


@pytest.mark.parametrize("name, path, check", [("the secret", "etc/secret", "secret"), ("a key", "etc/keys/*.pem", "keys"), ("the keys' place", "etc/keys", "keys")])
def test_what_others_may_read_is_found(house, doctor, name, path, check):
    place = next(iter(house.home.glob(path)))
    mode = place.stat().st_mode & 0o7777
    place.chmod(mode | 0o007)
    try:
        found = checks(doctor().expect(FAILED))[check]
    finally:
        place.chmod(mode)
    assert found["state"] == "failed" and str(place) in found["words"] and "chmod" in found["hint"]


def test_a_release_whose_migration_was_forgotten_is_found(house, doctor):
    with superuser(house) as cursor:
        cursor.execute("DELETE FROM base.migration WHERE number = (SELECT max(number) FROM base.migration) RETURNING number, name, hash")
        gone = cursor.fetchone()
        try:
            found = checks(doctor().expect(FAILED))["schema"]
        finally:
            cursor.execute("INSERT INTO base.migration (number, name, hash) VALUES (%s, %s, %s)", gone)
        assert found["state"] == "failed" and "billfold migrate" in found["hint"]
        cursor.execute("UPDATE base.code_file SET hash = repeat('0', 64) WHERE path LIKE '%note_view%' RETURNING path")
        changed = cursor.fetchall()
        assert changed
        found = checks(doctor().expect(FAILED))["schema"]
        assert "not done" in found["words"] and any("note_view" in f["table"] for f in found["findings"])
    house.command("migrate")
    assert doctor().expect(OK)


def test_a_number_of_the_schema_that_cannot_be_read_is_no_schema_at_0(house, doctor):
    with superuser(house) as cursor:
        cursor.execute("ALTER TABLE base.migration RENAME number TO ordinal")
        try:
            found = checks(doctor().expect(FAILED))["schema"]
            cursor.execute("ALTER TABLE base.migration RENAME TO elsewhere")
            bare = checks(doctor().expect(FAILED))["schema"]
            cursor.execute("ALTER TABLE base.elsewhere RENAME TO migration")
        finally:
            cursor.execute("ALTER TABLE base.migration RENAME ordinal TO number")
    assert found["state"] == "failed" and "at 0" not in found["words"] and "cannot be read" in found["hint"]
    assert "the schema is at 0" in bare["words"] and bare["hint"] == "run billfold migrate"


def conf(house, tmp_path, change):
    path = house.home / "etc" / f"changed-{uuid.uuid4()}.conf"
    path.write_text(change((house.home / "etc" / "billfold.conf").read_text()))
    return str(path)


def test_without_a_configuration_or_a_database_the_rest_is_skipped(house, tmp_path):
    def told(change):
        words = ("-c", conf(house, tmp_path, change), "--json", "doctor", "--invariants")
        return checks(Ran(house.command(*words, check=False), words).expect(FAILED))

    found = told(lambda text: text.replace("secret_file", "# secret_file"))
    assert found["configuration"]["state"] == "failed" and "secret_file" in found["configuration"]["words"]
    assert {c["state"] for name, c in found.items() if name != "configuration"} == {"skipped"}
    found = told(lambda text: re.sub(r'(?m)^database = ".*"$', 'database = "host=/nonexistent dbname=billfold"', text))
    assert (found["configuration"]["state"], found["database"]["state"], found["schema"]["state"]) == ("ok", "failed", "skipped")
    assert found["redis"]["state"] == "ok" and "I1 ledger.books" not in found
    found = told(lambda text: re.sub(r'(?m)^state_dir = ".*"$', 'state_dir = "/nonexistent"', text))
    assert found["disk"]["state"] == "failed" and found["store"]["state"] == "failed"
    found = told(lambda text: text + '\nstore_url = "ftp://elsewhere"\n')
    assert found["store"]["state"] == "failed" and "store_url" in found["store"]["words"]


@pytest.mark.parametrize("server, check, named", [("billfold-maild", "programs", "billfold-maild"), ("nginx", "nginx", None), ("redis", "redis", None)])
def test_a_server_that_is_away_is_named(house, doctor, server, check, named):
    """The last of this module: nobody starts them again."""
    # A master of nginx that is killed leaves its workers.
    os.kill(house.pid(server), signal.SIGTERM if server == "nginx" else signal.SIGKILL)

    def told():
        found = checks(doctor())[check]
        return found if found["state"] == "failed" else None

    found = wait_for(told, 10, f"doctor to miss {server}")
    assert found["hint"] and (not named or [f["table"] for f in found["findings"]] == [named])
