"""Money in a foreign currency (T41): what is owed is worth what it was; what is gained or lost by exchange is booked in the seller's own."""
import pytest

from harness.billing import charged, invoice, new_account, pay, state
from harness.money import check_money
from harness.problem import pointers, problem
from harness.wait import wait_for


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
