"""Two and more sessions at invoices: numbers without gaps, one document an origin, periods that close."""
import concurrent.futures
import random
import threading
import uuid

import psycopg2
import pytest
from waiting import until_blocked

DRAFT = """SELECT billing.draft_insert(ARRAY[%(id)s]::uuid[], ARRAY[%(account)s]::uuid[], ARRAY[%(entity)s]::uuid[], ARRAY[%(deal)s]::uuid[],
    ARRAY[NULL]::uuid[], ARRAY[%(origin)s]::text[], '{EUR}', '{2}', ARRAY[NULL]::text[], ARRAY[NULL]::date[], '{per_group}', '{f}',
    ARRAY[NULL]::numeric[], '{0}', '{100}', '{0}', '{100}', '{0}', '{100}', '{0}', '{100}')"""
FINALIZE = """SELECT billing.finalize(ARRAY[%(id)s]::uuid[], '{1}', ARRAY[%(day)s]::date[], ARRAY[%(day)s]::date[], '{0}', '{100}', '{0}', '{100}',
    '{0}', '{100}', '{0}', '{100}', '{0}', '{open}', ARRAY[NULL]::numeric[], '{f}', ARRAY[%(entry)s]::uuid[], ARRAY[%(entry)s, %(entry)s]::uuid[],
    '{1100,4000}', ARRAY[%(account)s, NULL]::uuid[], '{100,0}', '{0,100}', '{EUR,EUR}', '{100,0}', '{0,100}')"""


class Books:
    """A tenant with an account that can be billed."""

    def __init__(self, session, tenant):
        self.session, self.tenant, self.account = session, tenant, str(uuid.uuid4())
        one = session()
        one.enter(tenant)
        self.entity = one.value("SELECT default_entity_id FROM tenant.tenant")
        one.value("INSERT INTO crm.account (id, account_name, legal_name) VALUES (%s, 'Acme', 'Acme') RETURNING id", self.account)
        one.value("INSERT INTO crm.contact (id, account_id, name, email, roles) VALUES (%s, %s, 'Pay', 'p@acme.example', '{billing}') RETURNING id",
                  str(uuid.uuid4()), self.account)
        one.commit()

    def open(self):
        one = self.session()
        one.enter(self.tenant)
        return one

    def draft(self, one, origin=None, deal=None):
        made = str(uuid.uuid4())
        one.cursor.execute(DRAFT, {"id": made, "account": self.account, "entity": self.entity, "origin": origin, "deal": deal})
        return made

    def finalize(self, one, invoice, day="2026-03-10"):
        one.cursor.execute(FINALIZE, {"id": invoice, "day": day, "entry": str(uuid.uuid4()), "account": self.account})

    def numbers(self):
        one = self.open()
        one.cursor.execute("SELECT series_no FROM billing.invoice WHERE number IS NOT NULL ORDER BY finalized_at")
        numbers = [row[0] for row in one.cursor.fetchall()]
        one.rollback()
        return numbers


@pytest.fixture
def books(session, tenant):
    return Books(session, tenant())


def test_a_hundred_at_once_seven_of_which_roll_back(books):
    seed = random.randrange(10**6)
    print("seed", seed)
    doomed = set(random.Random(seed).sample(range(100), 7))
    first = books.open()
    drafts = [books.draft(first) for _ in range(100)]
    first.commit()
    sessions = [books.session() for _ in range(16)]
    turns = iter(enumerate(drafts))
    lock = threading.Lock()

    def work(one):
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                return
            one.enter(books.tenant)
            books.finalize(one, turn[1])
            one.rollback() if turn[0] in doomed else one.commit()

    with concurrent.futures.ThreadPoolExecutor(len(sessions)) as pool:
        list(pool.map(work, sessions))
    assert books.numbers() == list(range(1, 94))


def test_two_finalize_the_same_draft(books):
    first = books.open()
    invoice = books.draft(first)
    first.commit()
    a, b = books.open(), books.open()
    books.finalize(a, invoice)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(books.finalize, b, invoice)
        until_blocked(a, waiting.done)
        a.commit()
        with pytest.raises(psycopg2.Error) as told:
            waiting.result(60)
    assert told.value.pgcode == "ZBSTA"
    b.rollback()
    assert books.numbers() == [1]


def test_the_first_of_a_series_at_once(books):
    first = books.open()
    drafts = [books.draft(first) for _ in range(6)]
    first.commit()
    ready = threading.Barrier(6)

    def work(invoice):
        one = books.open()
        ready.wait(60)
        books.finalize(one, invoice)
        one.commit()

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(work, drafts))
    assert books.numbers() == list(range(1, 7))


def test_one_document_an_origin(books):
    a, b = books.open(), books.open()
    books.draft(a, "deal:1:one_off")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(books.draft, b, "deal:1:one_off")
        until_blocked(a, waiting.done)
        a.commit()
        with pytest.raises(psycopg2.errors.UniqueViolation):
            waiting.result(60)


def test_a_period_closes_after_those_that_are_being_booked(books):
    first = books.open()
    early, late = books.draft(first), books.draft(first)
    first.commit()
    a, b, c = books.open(), books.open(), books.open()
    books.finalize(a, early, "2020-03-10")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        closing = pool.submit(b.value, "SELECT ledger.lock(%s, NULL, '2020-03-31')", str(uuid.uuid4()))
        until_blocked(a, closing.done)
        a.commit()
        closing.result(60)
    b.commit()
    with pytest.raises(psycopg2.Error) as told:
        books.finalize(c, late, "2020-03-10")
    assert told.value.pgcode == "ZBLCK"
    c.rollback()
    assert books.numbers() == [1]


def test_a_change_of_content_meets_a_number(books):
    """Lines of a draft that another session is finalizing: written before, or refused."""
    first = books.open()
    invoice = books.draft(first)
    first.commit()
    a, b = books.open(), books.open()
    books.finalize(a, invoice)
    insert = ("INSERT INTO billing.invoice_line (invoice_id, id, position, description, unit_price, tax_category, tax_rate, amount, discount, net,"
              " tax) VALUES (%s, %s, 1, 'x', 1, 'standard', 0, 100, 0, 100, 0) RETURNING id")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(b.value, insert, invoice, str(uuid.uuid4()))
        until_blocked(a, waiting.done)
        a.commit()
        with pytest.raises(psycopg2.Error) as told:
            waiting.result(60)
    assert told.value.pgcode == "ZBFIN"


def test_a_period_that_is_being_closed_keeps_its_documents(books):
    """Taken back by its state alone, a document would be missing from what was closed with it."""
    a, b = books.open(), books.open()
    invoice = books.draft(a)
    books.finalize(a, invoice)
    a.commit()
    a.enter(books.tenant)
    a.value("SELECT ledger.lock(%s, NULL, '2026-03-31')", str(uuid.uuid4()))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(b.value, "SELECT billing.void_invoices(ARRAY[%s]::uuid[])", invoice)
        until_blocked(a, waiting.done)
        a.commit()
        with pytest.raises(psycopg2.Error) as told:
            waiting.result(60)
    assert told.value.pgcode == "ZBLCK"
    b.rollback()


def test_two_documents_of_a_deal_at_once(books):
    """Each alone would leave the other standing: the second waits, and sees what the first did."""
    a, b = books.open(), books.open()
    deal = str(uuid.uuid4())
    setup = books.session("billfold_admin")
    setup.enter(books.tenant)
    setup.value("SELECT crm.create_defaults()")
    setup.commit()
    a.value("INSERT INTO crm.deal (id, name, account_id, currency) VALUES (%s, 'Season', %s, 'EUR') RETURNING id", deal, books.account)
    invoices = [books.draft(a, deal=deal) for _ in range(2)]
    for invoice in invoices:
        books.finalize(a, invoice)
    a.commit()
    a.enter(books.tenant)
    status = "SELECT billing_status FROM crm.deal WHERE id = %s"
    assert a.value(status, deal) == "invoiced"
    void = "SELECT billing.void_invoices(ARRAY[%s]::uuid[])"
    a.value(void, invoices[0])
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(b.value, void, invoices[1])
        until_blocked(a, waiting.done)
        a.commit()
        waiting.result(60)
    b.commit()
    a.enter(books.tenant)
    assert a.value(status, deal) == "none"
    a.rollback()
