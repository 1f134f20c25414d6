"""Money and documents of one payer that come at the same moment: each pair in both orders; one waits, and decides anew on what it finds."""
import concurrent.futures

import psycopg2
import pytest
from harness.money import check_money
from test_invoices import Books
from waiting import until_blocked

DAY = "2026-03-10"


class Purse(Books):
    """Books whose account pays; decisions are made on what is read, as the programs make them."""

    def as_program(self, role):
        one = self.session(role)
        one.enter(self.tenant)
        return one

    def invoice(self):
        one = self.open()
        made = self.draft(one)
        self.finalize(one, made, DAY)
        one.commit()
        return made

    def print(self, one):
        return one.value("SELECT payment.open_print(%s, %s, 'EUR')", self.account, self.entity)

    def receive(self, one, print_, invoices=(), amount=100):
        """100 comes in and is used on these, with its entry; commits nothing."""
        used = 100 * len(invoices)
        one.cursor.execute("SELECT base.new_id(), base.new_id()")
        payment, entry = one.cursor.fetchone()
        one.value("SELECT payment.receive(%s, %s, %s, 'bank', %s, 'EUR', %s, NULL, NULL, NULL, NULL, %s, %s::uuid[], %s::bigint[], %s::bigint[],"
                  " %s::date[])", payment, self.account, self.entity, amount, DAY, print_, list(invoices), [100] * len(invoices),
                  [100] * len(invoices), [DAY] * len(invoices))
        lines = [("1010", None, amount, 0)] + ([("1100", self.account, 0, used)] if used else []) + (
            [("2200", self.account, 0, amount - used)] if amount > used else [])
        one.value("SELECT ledger.post(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[], '{payment}', ARRAY[%s]::uuid[], '{received}', ARRAY[%s]::date[],"
                  " ARRAY[NULL]::text[], %s::uuid[], %s::text[], %s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])",
                  entry, self.entity, payment, DAY, [entry] * len(lines), *[list(c) for c in zip(*lines)], ["EUR"] * len(lines),
                  [line[2] for line in lines], [line[3] for line in lines])
        return payment

    def look_for_advances(self, one, read=()):
        one.value("SELECT payment.use_advances(ARRAY[%s]::uuid[], %s::uuid[], %s::bigint[], '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',"
                  " '{}', '{}', '{}', '{}', '{}')", self.account, list(read), [100] * len(read))


@pytest.fixture
def purse(session, tenant, conninfo):
    made = Purse(session, tenant())
    yield made
    with psycopg2.connect(conninfo) as looking:
        check_money(looking, made.tenant)


def second_waits(first, act, code):
    """act() waits until `first` commits, and is refused then."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(act)
        until_blocked(first, waiting.done)
        first.commit()
        with pytest.raises(psycopg2.Error) as told:
            waiting.result(60)
    assert told.value.pgcode == code


def test_two_payments_at_once(purse):
    invoice = purse.invoice()
    a, b = purse.open(), purse.as_program("billfold_paymentd")
    print_ = purse.print(a)
    purse.receive(a, print_, [invoice])
    second_waits(a, lambda: purse.receive(b, print_, [invoice]), "ZB409")
    b.rollback()
    b.enter(purse.tenant)
    purse.receive(b, purse.print(b))
    b.commit()


def test_a_payment_then_a_document(purse):
    a, b = purse.open(), purse.open()
    payment = purse.receive(a, purse.print(a))
    second_waits(a, lambda: purse.look_for_advances(b), "ZB409")
    b.rollback()
    b.enter(purse.tenant)
    purse.look_for_advances(b, [payment])
    b.rollback()


def test_a_document_then_a_payment(purse):
    first = purse.open()
    invoice = purse.draft(first)
    first.commit()
    a, b = purse.open(), purse.as_program("billfold_paymentd")
    print_ = purse.print(b)
    purse.look_for_advances(a)
    purse.finalize(a, invoice, DAY)
    second_waits(a, lambda: purse.receive(b, print_), "ZB409")
    b.rollback()
    b.enter(purse.tenant)
    purse.receive(b, purse.print(b), [invoice])
    b.commit()


def test_a_void_then_a_payment(purse):
    invoice = purse.invoice()
    a, b = purse.open(), purse.open()
    print_ = purse.print(b)
    a.value("SELECT billing.void_invoices(ARRAY[%s]::uuid[])", invoice)
    second_waits(a, lambda: purse.receive(b, print_, [invoice]), "ZB409")
    b.rollback()


def test_a_payment_then_a_void(purse):
    invoice = purse.invoice()
    a, b = purse.open(), purse.open()
    purse.receive(a, purse.print(a), [invoice])
    second_waits(a, lambda: b.value("SELECT billing.void_invoices(ARRAY[%s]::uuid[])", invoice), "ZBSTA")
    b.rollback()


def test_an_attempt_then_a_void(purse):
    invoice = purse.invoice()
    a, b = purse.open(), purse.open()
    a.value("SELECT payment.attempt_start(base.new_id(), %s, NULL, 'sandbox', 'x', 'api')", invoice)
    second_waits(a, lambda: b.value("SELECT billing.void_invoices(ARRAY[%s]::uuid[])", invoice), "ZBATT")
    b.rollback()


def test_two_attempts_at_once(purse):
    invoice = purse.invoice()
    a, b = purse.open(), purse.open()
    start = "SELECT payment.attempt_start(base.new_id(), %s, NULL, 'sandbox', 'x', 'api')"
    a.value(start, invoice)
    second_waits(a, lambda: b.value(start, invoice), "ZBATT")
    b.rollback()


def test_an_attempt_while_another_ones_answer_is_written(purse):
    """The answer holds its attempt and then its invoice: who begins another one has the invoice, and does not wait for the attempt."""
    invoice = purse.invoice()
    a, b = purse.as_program("billfold_paymentd"), purse.open()
    attempt = a.value("SELECT base.new_id()")
    a.value("SELECT payment.attempt_start(%s, %s, NULL, 'sandbox', 'x', 'api')", attempt, invoice)
    a.commit()
    a.enter(purse.tenant)
    a.value("SELECT payment.attempt_end(%s, 'in_flight', NULL, NULL, 'theirs')", attempt)
    b.cursor.execute("SET LOCAL statement_timeout = '2s'")
    with pytest.raises(psycopg2.Error) as told:
        b.value("SELECT payment.attempt_start(base.new_id(), %s, NULL, 'sandbox', 'x', 'api')", invoice)
    assert told.value.pgcode == "ZBATT"
    b.rollback()
    a.value("SELECT payment.attempt_processing(%s, 'theirs')", attempt)
    a.commit()


def test_a_charge_that_the_processor_is_not_done_with_is_told(purse):
    invoice = purse.invoice()
    one = purse.as_program("billfold_paymentd")
    attempt = one.value("SELECT base.new_id()")
    for step in ("SELECT payment.attempt_start(%(a)s, %(i)s, NULL, 'sandbox', 'x', 'api')", "SELECT payment.attempt_take(%(a)s)",
                 "SELECT payment.attempt_end(%(a)s, 'in_flight', NULL, NULL, 'theirs')", "SELECT payment.attempt_end(%(a)s, 'in_flight', NULL, NULL, 'theirs')"):
        one.cursor.execute(step, {"a": attempt, "i": invoice})
        one.commit()
        one.enter(purse.tenant)
    # The last one changed nothing.
    assert one.value("SELECT array_agg(e.type ORDER BY e.txid) FROM job.event e WHERE e.object_id = %s", attempt) == [
        "payment_attempt.created", "payment_attempt.in_flight", "payment_attempt.updated"]
    one.rollback()


def test_more_is_paid_than_it_says_by_nobody(purse):
    """Whoever writes past the functions is stopped at the end of the transaction."""
    invoice = purse.invoice()
    one = purse.open()
    payment = purse.receive(one, purse.print(one), [invoice])
    one.commit()
    for statement in ("UPDATE payment.payment SET unapplied = unapplied + 1, amount = amount + 2 WHERE id = %(p)s",
                      "INSERT INTO payment.allocation (id, payment_id, invoice_id, amount, applied_on) VALUES (base.new_id(), %(p)s, %(i)s, 1, '2026-03-10')",
                      "UPDATE billing.invoice SET paid = paid - 1, status = 'partially_paid' WHERE id = %(i)s"):
        one.enter(purse.tenant)
        one.cursor.execute(statement, {"p": payment, "i": invoice})
        with pytest.raises(psycopg2.Error) as told:
            one.commit()
        assert told.value.pgcode == "ZBALL", statement
        one.rollback()
