"""Collection when two come at once: money against a try, a hold against a reminder, two workers on one step; in every order."""
import threading
import uuid

import psycopg2
import pytest
from test_invoices import Books
from waiting import until_blocked

DUE = "2026-03-10"
HOLD = "SELECT collect.hold(%s, %s, coalesce((SELECT id FROM collect.dunning WHERE invoice_id = %s), base.new_id()), NULL, '2026-03-17')"
REMIND = "SELECT collect.remind(%s, %s, 7, false, '2026-03-17', '2026-03-24', '2026-03-24', 'reminder:14')"


class Shop(Books):
    """Books with a default policy and an account that may be charged by itself."""

    def __init__(self, session, tenant):
        super().__init__(session, tenant)
        admin = session("billfold_admin")
        admin.enter(tenant)
        admin.value("SELECT collect.create_defaults()")
        admin.commit()
        one = self.open()
        self.policy = one.value("SELECT id FROM collect.policy")
        self.method = one.value("INSERT INTO payment.method (id, account_id, processor, token_sealed, off_session, is_default) VALUES"
                                " (base.new_id(), %s, 'sandbox', 'x', true, true) RETURNING id", self.account)
        one.commit()

    def as_program(self, role):
        one = self.session(role)
        one.enter(self.tenant)
        return one

    def invoice(self):
        one = self.open()
        made = self.draft(one)
        self.finalize(one, made, DUE)
        one.commit()
        return made

    def declined(self, invoice, outcome="retry"):
        one = self.as_program("billfold_paymentd")
        one.value("SELECT collect.declined(base.new_id(), %s, %s, false, 'insufficient_funds', %s, '2026-03-11', '2026-03-12', '2026-03-12',"
                  " '2026-03-11')",
                  invoice, self.policy, outcome)
        one.commit()

    def pay(self, one, invoice):
        """A bank's money, as payment.receive uses it; commits nothing."""
        one.value("SELECT payment.receive(base.new_id(), %s, %s, 'bank', 100, 'EUR', '2026-03-12', NULL, NULL, NULL, %s, NULL, ARRAY[%s]::uuid[],"
                  " '{100}', '{100}', '{2026-03-12}')", self.account, self.entity, invoice, invoice)

    def seen(self, query, *parameters):
        one = self.open()
        one.cursor.execute(query, parameters)
        rows = one.cursor.fetchall()
        one.rollback()
        return rows

    def attempts(self, invoice):
        return self.seen("SELECT state FROM payment.attempt WHERE invoice_id = %s", invoice)

    def deliveries(self, invoice):
        return self.seen("SELECT step, state FROM document.delivery WHERE document_id = %s AND template = 'reminder'", invoice)

    def plans(self, invoice):
        return [row[0] for row in self.seen("SELECT kind FROM job.schedule WHERE key = 'invoice:' || %s ORDER BY 1", invoice)]

    def case(self, invoice):
        return self.seen("SELECT state FROM collect.dunning WHERE invoice_id = %s", invoice)


@pytest.fixture
def shop(session, tenant):
    return Shop(session, tenant())


def waits(first, one, statement, *parameters):
    """Starts a statement that has to wait for what `first` holds; the thread, and a list for its answer."""
    got = []

    def run():
        try:
            got.append(one.value(statement, *parameters))
            one.commit()
        except psycopg2.Error as error:
            got.append(error.pgcode)
            one.rollback()

    thread = threading.Thread(target=run)
    thread.start()
    until_blocked(first, lambda: not thread.is_alive())
    return thread, got


# ---- money against a try ----

def test_a_try_waits_for_money_that_is_coming_in_and_is_not_made(shop):
    invoice = shop.invoice()
    shop.declined(invoice)
    payer, worker = shop.open(), shop.as_program("billfold_paymentd")
    shop.pay(payer, invoice)
    thread, got = waits(payer, worker, "SELECT collect.retry(%s, %s)", str(uuid.uuid4()), invoice)
    payer.commit()
    thread.join()
    assert got == [False] and shop.attempts(invoice) == []
    assert shop.case(invoice) == [("resolved",)] and shop.plans(invoice) == []


def test_money_waits_for_a_try_and_both_are_there(shop):
    invoice = shop.invoice()
    shop.declined(invoice)
    payer, worker = shop.open(), shop.as_program("billfold_paymentd")
    assert worker.value("SELECT collect.retry(%s, %s)", str(uuid.uuid4()), invoice) is True
    thread, got = waits(worker, payer, "SELECT payment.receive(base.new_id(), %s, %s, 'bank', 100, 'EUR', '2026-03-12', NULL, NULL, NULL, %s, NULL,"
                        " ARRAY[%s]::uuid[], '{100}', '{100}', '{2026-03-12}')", shop.account, shop.entity, invoice, invoice)
    worker.commit()
    thread.join()
    assert got == [""] or got == [None], got
    assert shop.attempts(invoice) == [("new",)] and shop.case(invoice) == [("resolved",)] and shop.plans(invoice) == []


def test_many_tries_and_payments_at_once_never_deadlock(shop):
    invoices = [shop.invoice() for _ in range(20)]
    for invoice in invoices:
        shop.declined(invoice)
    gate, failed, tried = threading.Barrier(4), [], {}

    def work(act, role):
        one = shop.session(role)
        gate.wait()
        for invoice in invoices:
            try:
                one.enter(shop.tenant)
                act(one, invoice)
                one.commit()
            except psycopg2.Error as error:
                if act is not retry or error.pgcode != "ZB409":  # the other worker's attempt is in flight: decided anew
                    failed.append(error.pgcode)
                one.rollback()

    def retry(one, invoice):
        if one.value("SELECT collect.retry(%s, %s)", str(uuid.uuid4()), invoice):
            assert tried.setdefault(invoice, one) is one  # one attempt an invoice

    threads = [threading.Thread(target=work, args=a) for a in (
        (shop.pay, "billfold_api"), (retry, "billfold_paymentd"), (retry, "billfold_paymentd"),
        (lambda one, i: one.value("SELECT collect.plan(ARRAY[%s]::uuid[], ARRAY[now()], ARRAY[now()], '{reminder:7}')", i), "billfold_maild"))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failed == []
    for invoice in invoices:
        assert shop.case(invoice) == [("resolved",)] and shop.plans(invoice) == []
        assert len(shop.attempts(invoice)) == (invoice in tried)


def test_a_try_waits_for_a_method_that_is_taken_back(shop):
    invoice = shop.invoice()
    shop.declined(invoice)
    owner, worker = shop.open(), shop.as_program("billfold_paymentd")
    owner.value("SELECT payment.method_remove(%s)", shop.method)
    thread, got = waits(owner, worker, "SELECT collect.retry(%s, %s)", str(uuid.uuid4()), invoice)
    owner.commit()
    thread.join()
    # Not made, and not lost: whoever asked decides anew.
    assert got == ["ZB409"] and shop.attempts(invoice) == []


def test_a_method_that_comes_while_a_charge_is_declined_is_not_missed(shop):
    """Whichever commits first: the plan that waits for a method is woken."""
    invoice = shop.invoice()
    one = shop.open()
    one.value("SELECT payment.method_remove(%s)", shop.method)
    one.commit()
    worker, owner = shop.as_program("billfold_paymentd"), shop.open()
    worker.value("SELECT payment.hold(ARRAY[%s]::uuid[])", shop.account)
    worker.value("SELECT collect.declined(base.new_id(), %s, %s, false, 'x', 'wait', '2026-03-11', NULL, NULL, '2026-03-11')", invoice, shop.policy)
    thread, got = waits(worker, owner, "SELECT payment.method_add(base.new_id(), %s, 'sandbox', 'y', NULL, true)", shop.account)
    worker.commit()
    thread.join()
    assert got[0] in ("", None)
    assert shop.seen("SELECT payload ->> 'invoice_id' FROM job.job WHERE kind = 'retry_charge'") == [(invoice,)]


# ---- a person against a reminder ----

def test_a_reminder_waits_for_a_hold_and_is_not_sent(shop):
    invoice = shop.invoice()
    person, worker = shop.open(), shop.as_program("billfold_maild")
    person.value(HOLD, invoice, shop.policy, invoice)
    thread, got = waits(person, worker, REMIND, invoice, shop.policy)
    person.commit()
    thread.join()
    assert got[0] in ("", None)
    assert shop.deliveries(invoice) == [] and shop.plans(invoice) == [] and shop.case(invoice) == [("held",)]


def test_a_hold_that_comes_after_the_step_still_stops_the_mail(shop):
    invoice = shop.invoice()
    person, worker = shop.open(), shop.as_program("billfold_maild")
    worker.value(REMIND, invoice, shop.policy)
    thread, got = waits(worker, person, HOLD, invoice, shop.policy, invoice)
    worker.commit()
    thread.join()
    # The case that the reminder opened is another than the one that the hold would have opened: it is asked again.
    assert got in (["ZB409"], [""], [None]), got
    if got == ["ZB409"]:
        person.enter(shop.tenant)
        person.value(HOLD, invoice, shop.policy, invoice)
        person.commit()
    assert shop.deliveries(invoice) == [("reminder:7", "queued")]
    mailer = shop.as_program("billfold_maild")
    mailer.cursor.execute("SELECT verdict FROM document.delivery_begin((SELECT id FROM document.delivery WHERE document_id = %s), 'm@x')", (invoice,))
    assert mailer.cursor.fetchall() == [("done",)]
    mailer.commit()
    assert shop.deliveries(invoice) == [("reminder:7", "cancelled")] and shop.plans(invoice) == []


def test_money_that_comes_after_the_step_still_stops_the_mail(shop):
    invoice = shop.invoice()
    worker, payer = shop.as_program("billfold_maild"), shop.open()
    worker.value(REMIND, invoice, shop.policy)
    worker.commit()
    shop.pay(payer, invoice)
    payer.commit()
    mailer = shop.as_program("billfold_maild")
    mailer.cursor.execute("SELECT verdict FROM document.delivery_begin((SELECT id FROM document.delivery WHERE document_id = %s"
                          " AND template = 'reminder'), 'm@x')", (invoice,))
    assert mailer.cursor.fetchall() == [("done",)]
    mailer.commit()
    assert shop.deliveries(invoice) == [("reminder:7", "cancelled")]


# ---- two workers on one step ----

def test_two_workers_on_one_step_mail_it_once(shop):
    invoices = [shop.invoice() for _ in range(10)]
    gate, failed = threading.Barrier(3), []

    def work():
        one = shop.session("billfold_maild")
        gate.wait()
        for invoice in invoices:
            try:
                one.enter(shop.tenant)
                one.value(REMIND, invoice, shop.policy)
                one.commit()
            except psycopg2.Error as error:
                failed.append(error.pgcode)
                one.rollback()

    threads = [threading.Thread(target=work) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failed == []
    for invoice in invoices:
        assert shop.deliveries(invoice) == [("reminder:7", "queued")]
        assert shop.seen("SELECT count(*) FROM job.job WHERE kind = 'send_document' AND payload ->> 'delivery_id' IN"
                         " (SELECT id::text FROM document.delivery WHERE document_id = %s)", invoice) == [(1,)]


def test_two_defaults_at_once_leave_one(shop):
    gate, codes = threading.Barrier(4), []

    def make(name):
        one = shop.session()
        gate.wait()
        try:
            one.enter(shop.tenant)
            made = str(uuid.uuid4())
            one.value("SELECT collect.make_default(%s)", made)
            one.value("INSERT INTO collect.policy (id, name, is_default) VALUES (%s, %s, true) RETURNING id", made, name)
            one.commit()
            codes.append(None)
        except psycopg2.Error as error:
            codes.append(error.pgcode)
            one.rollback()

    threads = [threading.Thread(target=make, args=(f"P{n}",)) for n in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert None in codes and set(codes) <= {None, "23505"}
    assert shop.seen("SELECT count(*) FROM collect.policy WHERE is_default") == [(1,)]
