"""Credit notes, payments and people who take money off a document, at the same moment: the second waits, and decides anew on what it finds."""
import psycopg2
import pytest
from harness.money import check_money
from test_money import DAY, Purse, second_waits


class Desk(Purse):
    """Books where documents are credited; decisions are made on what was read, as the programs make them."""

    def credit(self, one, original, amount, due=100, credited=0, payments=(), amounts=()):
        """A credit note of so much, which settles what is due and releases these payments; commits nothing."""
        one.cursor.execute("SELECT base.new_id(), base.new_id()")
        made, entry = one.cursor.fetchone()
        one.value("SELECT billing.credit_draft(%s, %s, 'Returned', 'credit', NULL, NULL, %s, 0, %s, 0, %s, 0, %s)", made, original, *[-amount] * 4)
        one.value("SELECT billing.credit_apply(%s, %s, %s, %s, %s, %s::uuid[], %s::bigint[], %s)", made, original, amount, due, credited,
                  list(payments), list(amounts), DAY)
        settled = min(amount, due)
        lines = [("4000", None, amount, 0)] + ([("1100", self.account, 0, settled)] if settled else []) + (
            [("2200", self.account, 0, amount - settled)] if amount > settled else [])
        one.value("SELECT billing.finalize(ARRAY[%s]::uuid[], '{1}', ARRAY[%s]::date[], ARRAY[%s]::date[], '{0}', ARRAY[%s]::bigint[], '{0}',"
                  " ARRAY[%s]::bigint[], '{0}', ARRAY[%s]::bigint[], '{0}', ARRAY[%s]::bigint[], '{0}', '{paid}', ARRAY[NULL]::numeric[], '{f}',"
                  " ARRAY[%s]::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])",
                  made, DAY, DAY, *[-amount] * 4, entry, [entry] * len(lines), *[list(c) for c in zip(*lines)], ["EUR"] * len(lines),
                  [line[2] for line in lines], [line[3] for line in lines])
        return made

    def release(self, one, payment, invoice, amount=100):
        """People take it off the document again, with its entry."""
        one.cursor.execute("SELECT base.new_id()")
        entry = one.cursor.fetchone()[0]
        one.value("SELECT payment.unapply(%s, %s, %s, %s)", payment, invoice, amount, DAY)
        one.value("SELECT ledger.post(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[], '{payment}', ARRAY[%s]::uuid[], '{released}', ARRAY[%s]::date[],"
                  " ARRAY[NULL]::text[], %s::uuid[], '{1100,2200}', %s::uuid[], %s::bigint[], %s::bigint[], '{EUR,EUR}', %s::bigint[], %s::bigint[])",
                  entry, self.entity, payment, DAY, [entry] * 2, [self.account] * 2, [amount, 0], [0, amount], [amount, 0], [0, amount])

    def state(self, invoice):
        one = self.open()
        one.cursor.execute("SELECT status, credited, paid, amount_due FROM billing.invoice WHERE id = %s", (invoice,))
        found = one.cursor.fetchone()
        one.rollback()
        return found


@pytest.fixture
def desk(session, tenant, conninfo):
    made = Desk(session, tenant())
    yield made
    with psycopg2.connect(conninfo) as looking:
        check_money(looking, made.tenant, leave_out=("nothing is open beside money that no invoice has used",))


@pytest.fixture
def paid(desk):
    """A document and the payment that has paid it."""
    invoice, one = desk.invoice(), desk.open()
    payment = desk.receive(one, desk.print(one), [invoice])
    one.commit()
    return invoice, payment


def test_two_credit_notes_at_once(desk):
    invoice = desk.invoice()
    a, b = desk.open(), desk.open()
    desk.credit(a, invoice, 60)
    second_waits(a, lambda: desk.credit(b, invoice, 60), "ZB409")
    b.rollback()
    b.enter(desk.tenant)
    desk.credit(b, invoice, 40, due=40, credited=60)
    b.commit()
    assert desk.state(invoice) == ("paid", 100, 0, 0)


def test_a_credit_note_then_a_payment(desk):
    invoice = desk.invoice()
    a, b = desk.open(), desk.open()
    print_ = desk.print(b)
    desk.credit(a, invoice, 60)
    second_waits(a, lambda: desk.receive(b, print_, [invoice]), "ZB409")
    b.rollback()
    assert desk.state(invoice) == ("open", 60, 0, 40)


def test_a_payment_then_a_credit_note(desk):
    invoice = desk.invoice()
    a, b = desk.open(), desk.open()
    payment = desk.receive(a, desk.print(a), [invoice])
    second_waits(a, lambda: desk.credit(b, invoice, 60), "ZB409")
    b.rollback()
    b.enter(desk.tenant)
    desk.credit(b, invoice, 60, due=0, payments=[payment], amounts=[60])
    b.commit()
    assert desk.state(invoice) == ("paid", 60, 40, 0)


def test_two_release_one_payment(desk, paid):
    invoice, payment = paid
    a, b = desk.open(), desk.open()
    desk.release(a, payment, invoice)
    second_waits(a, lambda: desk.release(b, payment, invoice), "ZB409")
    b.rollback()
    assert desk.state(invoice) == ("open", 0, 0, 100)


def expect(one, payment, invoice, left, settled):
    one.value("SELECT payment.exchange_expect(%s, %s, ARRAY[%s]::uuid[], ARRAY[%s]::bigint[])", payment, left, invoice, settled)


def test_what_an_entry_was_valued_on_has_moved(desk, paid):
    """People take it off the invoice while a worker that has read it goes on: it reads it once more."""
    invoice, payment = paid
    a, b = desk.open(), desk.as_program("billfold_paymentd")
    desk.release(a, payment, invoice, 40)
    second_waits(a, lambda: expect(b, payment, invoice, 0, 100), "ZB409")
    for left, settled, code in ((40, 100, "ZB409"), (0, 60, "ZB409"), (40, 60, None)):
        b.rollback()
        b.enter(desk.tenant)
        if code is None:
            expect(b, payment, invoice, left, settled)
            continue
        with pytest.raises(psycopg2.Error) as told:
            expect(b, payment, invoice, left, settled)
        assert told.value.pgcode == code
    b.rollback()


def test_people_then_a_credit_note_release_one_payment(desk, paid):
    invoice, payment = paid
    a, b = desk.open(), desk.open()
    desk.release(a, payment, invoice)
    second_waits(a, lambda: desk.credit(b, invoice, 100, due=0, payments=[payment], amounts=[100]), "ZB409")
    b.rollback()
    b.enter(desk.tenant)
    desk.credit(b, invoice, 100)
    b.commit()
    assert desk.state(invoice) == ("paid", 100, 0, 0)


def test_a_credit_note_then_people_release_one_payment(desk, paid):
    invoice, payment = paid
    a, b = desk.open(), desk.open()
    desk.credit(a, invoice, 30, due=0, payments=[payment], amounts=[30])
    second_waits(a, lambda: desk.release(b, payment, invoice), "ZB409")
    b.rollback()
    b.enter(desk.tenant)
    desk.release(b, payment, invoice, 70)
    b.commit()
    assert desk.state(invoice) == ("open", 30, 0, 70)


def test_a_credit_note_then_a_void(desk):
    invoice = desk.invoice()
    a, b = desk.open(), desk.open()
    desk.credit(a, invoice, 10)
    second_waits(a, lambda: b.value("SELECT billing.void_invoices(ARRAY[%s]::uuid[])", invoice), "ZBSTA")
    b.rollback()


def test_a_void_then_a_credit_note(desk):
    invoice = desk.invoice()
    a, b = desk.open(), desk.open()
    a.value("SELECT billing.void_invoices(ARRAY[%s]::uuid[])", invoice)
    second_waits(a, lambda: desk.credit(b, invoice, 10), "ZBSTA")
    b.rollback()
