"""Money in a foreign currency (T41): what is owed is worth what it was; what is gained or lost by exchange is booked in the seller's own."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.billing import books, charged, draft, invoice, moved, new_account, pay, state
from harness.money import check_money
from harness.problem import pointers, problem
from harness.wait import wait_for
from test_bulk import act


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("exchange", roles=("billing", "sales", "accountant"))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api, currency="USD")


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    check_money(sql, seller.id, leave_out=("nothing is open beside money that no invoice has used",))


def lines(api, document):
    return [line for entry in api.all("/v1/journal_entries", document_id=document["id"])
            for line in api.get(f"/v1/journal_entries/{entry['id']}").expect(200).json["lines"]]


def worth(api, *documents):
    """{account code: debit - credit in the seller's currency} of these documents' entries, without those that come to nothing."""
    sums = {}
    for line in (l for document in documents for l in lines(api, document)):
        sums[line["account_code"]] = sums.get(line["account_code"], 0) + line["base_debit"] - line["base_credit"]
    return {code: balance for code, balance in sums.items() if balance}


@pytest.mark.parametrize("amount, rate, bank, difference, left", [
    (100000, "1.15", 115000, {"4950": -5000}, 0), (40000, "1.05", 42000, {"6200": 2000}, 66000), (40000, None, 44000, {}, 66000)],
    ids=["gained", "lost", "at the invoice's rate"])
def test_t41_realised(api, account, amount, rate, bank, difference, left):
    document = invoice(api, account, 100000, currency="USD", exchange_rate="1.10")
    paid = pay(api, account, amount, currency="USD", **({"exchange_rate": rate} if rate else {}))
    assert float(paid["exchange_rate"]) == float(rate or "1.10") and state(api, document)[1] == 100000 - amount
    assert worth(api, paid) == {"1010": bank, "1100": left - 110000, **difference}
    assert worth(api, document, paid).get("1100", 0) == left
    booked = [l for l in lines(api, paid) if l["account_code"] in ("4950", "6200")]
    assert len(booked) == len(difference)
    assert all((l["debit"], l["credit"], l["customer_account_id"]) == (0, 0, None) for l in booked)


def test_parts_that_are_each_rounded_close_to_nothing(api, account):
    document = invoice(api, account, 10001, currency="USD", exchange_rate="0.91375")
    parts = [pay(api, account, amount, currency="USD") for amount in (3333, 3333, 3334, 1)]
    assert state(api, document) == ("paid", 0)
    assert "1100" not in worth(api, document, *parts)


def test_what_is_left_is_used_released_and_given_back(api, account):
    """800.00 at 1.20 pay 500.00 at 1.10; they are given back, 100.00 of the rest are used in their place and taken off again, and the
    rest is given back too."""
    document = invoice(api, account, 50000, currency="USD", exchange_rate="1.10")
    paid = pay(api, account, 80000, currency="USD", exchange_rate="1.2", invoice_id=document["id"])
    path = f"/v1/payments/{paid['id']}"
    assert worth(api, paid) == {"1010": 96000, "1100": -55000, "2200": -36000, "4950": -5000}
    back = api.post(f"{path}/refunds", {"amount": 50000, "invoice_id": document["id"]}).expect(201).json
    assert worth(api, back) == {"1010": -60000, "1100": 55000, "6200": 5000}
    assert worth(api, document, paid, back)["1100"] == 55000
    api.post(f"{path}/apply", {"invoice_id": document["id"], "amount": 10000}).expect(200)
    assert worth(api, paid) == {"1010": 96000, "1100": -66000, "2200": -24000, "4950": -6000}
    api.post(f"{path}/release", {"invoice_id": document["id"], "amount": 10000}).expect(200)
    assert worth(api, paid) == {"1010": 96000, "1100": -55000, "2200": -36000, "4950": -6000, "6200": 1000}
    rest = api.post(f"{path}/refunds", {"amount": 30000}).expect(201).json
    assert worth(api, rest) == {"1010": -36000, "2200": 36000}
    assert worth(api, document, paid, back, rest) == {"1100": 55000, "4000": -55000, "4950": -6000, "6200": 6000}


def test_a_processor_takes_and_gives_back_at_the_invoices_rate(api, account):
    document = invoice(api, account, 9000, currency="USD", exchange_rate="1.10")
    attempt = charged(api, document)
    assert attempt["state"] == "succeeded"
    (paid,) = [p for p in api.all("/v1/payments", account_id=account["id"]) if p["attempt_id"] == attempt["id"]]
    made = api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 4000, "invoice_id": document["id"]}).expect(201).json
    wait_for(lambda: api.get(f"/v1/refunds/{made['id']}").json["state"] == "succeeded", 30, "the refund")
    assert worth(api, document, paid, made) == {"1020": 5500, "1100": 4400, "4000": -9900}


def test_a_document_that_becomes_final_uses_an_advance(api, account):
    """500.00 at 1.20 came before: 300.00 at 1.10 use some of it, 200.00 at 1.25 the rest; what they differ by is gained and lost."""
    before = books(api)
    paid = pay(api, account, 50000, currency="USD", exchange_rate="1.20")
    # No invoice was there whose rate it could have been; its own counts.
    assert moved(api, before) == {"1010": 60000, "2200": -60000}
    first = invoice(api, account, 30000, currency="USD", exchange_rate="1.10")
    assert state(api, first) == ("paid", 0)
    assert moved(api, before) == {"1010": 60000, "2200": -24000, "4000": -33000, "4950": -3000}
    second = invoice(api, account, 20000, currency="USD", exchange_rate="1.25")
    assert state(api, second) == ("paid", 0)
    assert moved(api, before) == {"1010": 60000, "4000": -58000, "4950": -3000, "6200": 1000}
    assert worth(api, first, second, paid) == {"1010": 60000, "4000": -58000, "4950": -3000, "6200": 1000}


def test_advances_in_parts_that_are_each_rounded_close_to_nothing(api, account):
    before = books(api)
    for amount, rate in ((3333, "0.91375"), (3334, "0.88811"), (3334, "0.90007")):
        pay(api, account, amount, currency="USD", exchange_rate=rate)
    for amount in (4999, 1, 5001):
        assert state(api, invoice(api, account, amount, currency="USD", exchange_rate="0.90111")) == ("paid", 0)
    assert not {"1100", "2200"} & moved(api, before).keys()


def test_many_that_become_final_together_use_one_advance(api, account):
    before = books(api)
    pay(api, account, 10001, currency="USD", exchange_rate="1.23457")
    drafts = [draft(api, account, amount, currency="USD", exchange_rate="1.11119") for amount in (3333, 3333, 3335)]
    assert act(api, "invoices", "finalize", ids=[d["id"] for d in drafts])["failed"] == 0
    assert [state(api, d) for d in drafts] == [("paid", 0)] * 3
    assert not {"1100", "2200"} & moved(api, before).keys()


def test_documents_that_become_final_at_once_use_an_advance_once(seller, api, account):
    before = books(api)
    pay(api, account, 6667, currency="USD", exchange_rate="1.23457")
    drafts = [draft(api, account, 3334, currency="USD", exchange_rate="1.11119") for _ in range(4)]
    desks = [seller.product.client(Authorization="Bearer " + seller.token()) for _ in drafts]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda desk, d: desk.post(f"/v1/invoices/{d['id']}/finalize").status, desks, drafts))
    assert answers == [200] * 4
    dues = sorted(state(api, d)[1] for d in drafts)
    assert dues == [0, 1, 3334, 3334]
    pay(api, account, sum(dues), currency="USD", exchange_rate="1.05")
    assert not {"1100", "2200"} & moved(api, before).keys()


def credit(api, document, amount=None, **more):
    """A credit note of so much, without tax, final at once; of all where none is named."""
    (line,) = api.get(f"/v1/invoices/{document['id']}").expect(200).json["lines"]
    return api.post(f"/v1/invoices/{document['id']}/credit", {
        "reason": "Returned", "finalize": True, **({"lines": [{"line_id": line["id"], "amount": amount}]} if amount else {}), **more}).expect(201).json


def test_a_credit_note_gives_back_what_was_paid_at_another_rate(api, account):
    """T22 with T41: 1,000.00 at 1.10, paid at 1.15; 600.00 are given back and refunded, the rest stays the customer's and is used."""
    before = books(api)
    document = invoice(api, account, 100000, currency="USD", exchange_rate="1.10")
    paid = pay(api, account, 100000, currency="USD", exchange_rate="1.15")
    assert moved(api, before) == {"1010": 115000, "4000": -110000, "4950": -5000}
    note = credit(api, document, 60000, settle="refund")
    # What had been gained of it is lost again; the money leaves as it came.
    assert moved(api, before) == {"1010": 46000, "4000": -44000, "4950": -5000, "6200": 3000}
    assert worth(api, note) == {"4000": 66000, "2200": -69000, "6200": 3000}
    rest = credit(api, document)
    assert state(api, document) == ("paid", 0)
    assert worth(api, rest) == {"4000": 44000, "2200": -46000, "6200": 2000}
    assert moved(api, before) == {"1010": 46000, "2200": -46000, "4950": -5000, "6200": 5000}
    again = invoice(api, account, 40000, currency="USD", exchange_rate="1.00")
    assert state(api, again) == ("paid", 0)
    assert moved(api, before) == {"1010": 46000, "4000": -40000, "4950": -11000, "6200": 5000}
    assert worth(api, document, paid, note, rest, again).get("1100") is None


def test_credit_notes_in_parts_that_are_each_rounded_close_to_nothing(api, account):
    """Of 100.01, partly paid twice, each part is given back alone: receivable, credit and bank come to nothing together."""
    before = books(api)
    document = invoice(api, account, 10001, currency="USD", exchange_rate="0.91375")
    for amount, rate in ((3333, "0.88888"), (1667, "0.93333")):
        pay(api, account, amount, currency="USD", exchange_rate=rate, invoice_id=document["id"])
    for amount in (1, 3333, 3334, 1111):
        credit(api, document, amount, settle="refund")
    credit(api, document, settle="refund")
    left = moved(api, before)
    # What the payments had gained and lost is lost and gained again, but for a cent a part that a bank's rounding leaves.
    assert left.keys() <= {"1010", "4950", "6200"} and sum(left.values()) == 0 and abs(left.get("1010", 0)) <= 5, left


def test_a_document_in_the_customers_favour_opens_a_credit_at_its_rate(api, account):
    before = books(api)
    note = api.post("/v1/invoices", {"account_id": account["id"], "kind": "credit", "standalone": True, "currency": "USD", "exchange_rate": "1.2", "reason": "Goodwill",
                                     "lines": [{"description": "Goodwill", "quantity": "-1", "unit_price": "50", "tax_rate": "0"}],
                                     "finalize": True}).expect(201).json
    assert worth(api, note) == {"4000": 6000, "2200": -6000}
    assert state(api, invoice(api, account, 5000, currency="USD", exchange_rate="1.1")) == ("paid", 0)
    assert moved(api, before) == {"4000": 500, "4950": -500}


def test_what_has_no_rate_is_worth_nothing_that_could_be_wrong(api, account, sql):
    """A credit of the days before credits had a rate is no finding of doctor's, and hides none of another."""
    def found():
        with sql.cursor() as cursor:
            cursor.execute("SELECT id FROM ledger.invariant_worth() WHERE id IN (%s, %s)", (account["id"], other["id"]))
            return {row[0] for row in cursor.fetchall()}

    def set_rates(rate, another):
        with sql.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE payment.payment SET exchange_rate = CASE account_id WHEN %s THEN %s::numeric ELSE %s END WHERE account_id IN (%s, %s)",
                           (account["id"], rate, another, account["id"], other["id"]))
            cursor.execute("RESET session_replication_role")

    other = new_account(api, currency="USD")
    for one in (account, other):
        api.post("/v1/invoices", {"account_id": one["id"], "kind": "credit", "standalone": True, "currency": "USD", "exchange_rate": "1.2",
                                  "reason": "Goodwill", "finalize": True,
                                  "lines": [{"description": "Goodwill", "quantity": "-1", "unit_price": "50", "tax_rate": "0"}]}).expect(201)
    assert found() == set()
    try:
        set_rates(None, "1.3")
        assert found() == {other["id"]}
    finally:
        set_rates("1.2", "1.2")
    assert found() == set()


def test_what_is_not_sound(api, account):
    def refused(code, **more):
        told = problem(api.post("/v1/payments", {"account_id": account["id"], "amount": 100, **more}), 422)
        assert pointers(told) == {"/exchange_rate": code}

    refused("out_of_range", currency="USD", exchange_rate="0")
    refused("invalid", currency="EUR", exchange_rate="1.1")
    without = invoice(api, account, 5000, currency="USD")
    refused("invalid", currency="USD", exchange_rate="1.1")
    unknown = pay(api, account, 5000, currency="USD")
    assert unknown["exchange_rate"] is None and state(api, without) == ("paid", 0)
    assert [l["base_debit"] for l in lines(api, unknown)] == [None, None]
