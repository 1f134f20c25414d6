"""T41: what is open in foreign currencies at the end of a period is worth what the rates of that day say, until the next day."""
import concurrent.futures
import datetime
import zoneinfo

import pytest

from harness.billing import books, invoice, new_account, pay
from harness.money import check_money
from harness.problem import pointers, problem


@pytest.fixture
def seller(new_tenant):
    return new_tenant("revaluation", roles=("billing", "sales", "accountant"))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    check_money(sql, seller.id, leave_out=("nothing is open beside money that no invoice has used",))
    with sql.cursor() as cursor:
        cursor.execute("SELECT id, finding FROM ledger.invariant_books() WHERE tenant_id = %s", (seller.id,))
        assert cursor.fetchall() == []


def day(ago):
    """Of the seller's calendar, whose day is over before that of UTC is."""
    return (datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Vienna")).date() - datetime.timedelta(days=ago)).isoformat()


LAST, NEXT = day(2), day(1)
PATH = "/v1/ledger/revalue"
RATES = [{"currency": "USD", "exchange_rate": "1.12"}]


@pytest.fixture
def open_usd(api):
    """1,000.00 USD at 1.10, of which 400.00 are paid at 1.05, before the period ends."""
    account = new_account(api, currency="USD")
    document = invoice(api, account, 100000, currency="USD", exchange_rate="1.10", issue_date=day(5))
    pay(api, account, 40000, currency="USD", exchange_rate="1.05", received_on=day(4))
    return account, document


def entries(api, made):
    return sorted((e["event"], e["entry_date"]) for e in api.all("/v1/journal_entries", document_id=made["id"]))


def test_t41_unrealised_and_reversed_on_the_next_day(api, open_usd):
    before = books(api, as_of=LAST)
    assert before == {"1010": 42000, "1100": 66000, "4000": -110000, "6200": 2000}
    seen = api.post(PATH + "/preview", {"date": LAST, "rates": RATES}).expect(200).json
    assert seen["difference"] == 1200 and books(api, as_of=LAST) == before
    made = api.post(PATH, {"date": LAST, "rates": RATES, "expected_difference": 1200}).expect(201).json
    assert (made["difference"], made["currency"], made["revalued_on"]) == (1200, "EUR", LAST)
    assert made["currencies"] == seen["currencies"] == [{"currency": "USD", "exchange_rate": "1.12", "difference": 1200, "accounts": [
        {"account_code": "1100", "amount": 60000, "base_amount": 66000, "revalued": 67200, "difference": 1200, "lines_without": 0}]}]
    assert books(api, as_of=LAST) == {**before, "1190": 1200, "4960": -1200}
    assert books(api, as_of=NEXT) == before
    assert entries(api, made) == [("revalued", LAST), ("reversed", NEXT)]
    assert api.get(f"/v1/revaluations/{made['id']}").expect(200).json == made
    # What is settled later realises it, as if nothing had been revalued.
    account, document = open_usd
    pay(api, account, 60000, currency="USD", exchange_rate="1.12", invoice_id=document["id"])
    assert books(api) == {"1010": 109200, "4000": -110000, "6200": 2000, "4950": -1200}


def test_what_the_seller_owes_weighs_more(api):
    """500.00 in advance at 1.20 and a rate of 1.25; a currency without fractions beside it; the bank's only where it is asked for."""
    account = new_account(api, currency="USD")
    pay(api, account, 50000, currency="USD", exchange_rate="1.20", received_on=day(4))
    tokyo = new_account(api, currency="JPY")
    invoice(api, tokyo, 100000, currency="JPY", exchange_rate="0.0061", issue_date=day(5), lines=[
        {"description": "Stay", "unit_price": "100000", "tax_rate": "0"}])
    rates = [{"currency": "JPY", "exchange_rate": "0.00605"}, {"currency": "USD", "exchange_rate": "1.25"}]
    alone = api.post(PATH + "/preview", {"date": LAST, "rates": rates}).expect(200).json
    assert [(c["currency"], c["difference"]) for c in alone["currencies"]] == [("JPY", -500), ("USD", -2500)]
    made = api.post(PATH, {"date": LAST, "rates": rates, "include_bank": True}).expect(201).json
    assert [(a["account_code"], a["difference"]) for a in made["currencies"][1]["accounts"]] == [("1010", 2500), ("2200", -2500)]
    assert made["difference"] == -500
    assert {k: v for k, v in books(api, as_of=LAST).items() if k in ("1190", "2290", "4960")} == {"1190": 2000, "2290": -2500, "4960": 500}
    assert not {"1190", "2290", "4960"} & books(api, as_of=NEXT).keys()


def test_two_at_once_revalue_once(seller, api, open_usd):
    desks = [seller.product.client(Authorization="Bearer " + seller.token()) for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda desk: desk.post(PATH, {"date": LAST, "rates": RATES}), desks))
    assert {a.status for a in answers} == {201} and len({a.json["id"] for a in answers}) == 1
    assert entries(api, answers[0].json) == [("revalued", LAST), ("reversed", NEXT)]
    assert [r["id"] for r in api.all("/v1/revaluations")] == [answers[0].json["id"]]
    # In other words it is the same; at other rates it is not.
    again = [{"currency": "USD", "exchange_rate": "1.1200"}]
    assert api.post(PATH, {"date": LAST, "rates": again}).expect(201).json["id"] == answers[0].json["id"]
    for other in ({"rates": [{"currency": "USD", "exchange_rate": "1.13"}]}, {"rates": RATES, "include_bank": True}):
        problem(api.post(PATH, {"date": LAST, **other}), 409, "wrong_state")
        problem(api.post(PATH + "/preview", {"date": LAST, **other}), 409, "wrong_state")
    # The next day's is another one, and does not see the first.
    assert api.post(PATH, {"date": NEXT, "rates": RATES}).expect(201).json["difference"] == 1200


def test_closed_books_are_not_revalued(api, open_usd):
    api.post("/v1/ledger/lock", {"through": LAST}).expect(200)
    for path in (PATH, PATH + "/preview"):
        problem(api.post(path, {"date": LAST, "rates": RATES}), 409, "period_locked")
    made = api.post(PATH, {"date": NEXT, "rates": RATES}).expect(201).json
    api.post("/v1/ledger/lock", {"through": NEXT}).expect(200)
    assert api.post(PATH, {"date": NEXT, "rates": RATES}).expect(201).json["id"] == made["id"]


def test_what_is_not_sound(api, open_usd):
    def refused(where, **body):
        for path in (PATH, PATH + "/preview"):
            assert pointers(problem(api.post(path, {"date": LAST, "rates": RATES, **body}), 422)) == where

    refused({"/date": "out_of_range"}, date=day(0))
    refused({"/entity_id": "not_found"}, entity_id="01900000-0000-7000-8000-000000000000")
    refused({"/rates": "required"}, rates=[])
    refused({"/rates/0/exchange_rate": "out_of_range"}, rates=[{"currency": "USD", "exchange_rate": "0"}])
    refused({"/rates/1/currency": "duplicate", "/rates/2/currency": "invalid"}, rates=[*RATES, *RATES, {"currency": "EUR", "exchange_rate": "1"}])
    problem(api.post(PATH, {"date": LAST, "rates": RATES, "expected_difference": 1}), 422, "total_mismatch")
    assert api.all("/v1/revaluations") == [] and "1190" not in books(api, as_of=LAST)


def test_what_has_no_rate_is_left_out_and_counted(api, open_usd):
    account = new_account(api, currency="USD")
    invoice(api, account, 5000, currency="USD", issue_date=day(4))
    made = api.post(PATH, {"date": LAST, "rates": RATES}).expect(201).json
    (receivable,) = made["currencies"][0]["accounts"]
    assert (receivable["amount"], receivable["difference"], receivable["lines_without"]) == (60000, 1200, 1)
