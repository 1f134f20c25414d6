"""What an account owes and how it came about: opening + invoices + debits - credits - payments = closing, on any days (R46, R28)."""
import datetime
import random

import pytest

from harness.billing import draft, invoice, new_account, pay
from harness.contract import new_id
from harness.money import check_money
from harness.problem import pointers, problem


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("statements", roles=("owner", "billing", "sales"))


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return new_account(api)


@pytest.fixture(autouse=True)
def books_agree(sql, seller):
    yield
    check_money(sql, seller.id, leave_out=("nothing is open beside money that no invoice has used",))


def statement(api, account, **days):
    """As it is shown, and what must hold of any."""
    if "since" in days:
        days["from"] = days.pop("since")
    shown = api.get(f"/v1/accounts/{account['id']}/statement", **days).expect(200).json
    for one in shown["balances"]:
        assert one["opening"] + one["invoices"] + one["debits"] - one["credits"] - one["payments"] == one["closing"]
        assert one["closing"] == one["due"] - one["unapplied"] == one["opening"] + sum(m["amount"] for m in one["movements"])
        if one["movements"]:
            assert one["movements"][-1]["balance"] == one["closing"]
        listed = [d for top in one["documents"] for d in (top, *top["adjustments"])]
        assert one["due"] == sum(d["amount_due"] for d in listed)
        assert all(d["amount_due"] in (0, d["payable"] - d["credited"] - d["paid"]) and d["amount_due"] >= 0 for d in listed)
        assert one["overdue"] == sum(d["amount_due"] for d in listed if d["days_overdue"] > 0)
    return shown


def the_one(api, account, **days):
    (one,) = statement(api, account, **days)["balances"]
    return one


def credit(api, document, amount):
    return api.post(f"/v1/invoices/{document['id']}/credit", {
        "finalize": True, "lines": [{"line_id": document["lines"][0]["id"], "amount": amount}]}).expect(201).json


def debit(api, account, document, amount):
    return invoice(api, account, amount, kind="debit", original_invoice_id=document["id"])


def test_the_sums_and_what_is_behind_them(api, account):
    first = invoice(api, account, 10000)
    more = debit(api, account, first, 2400)
    less = credit(api, first, 2500)
    paid = pay(api, account, 3000)
    api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 500, "invoice_id": first["id"]}).expect(201)
    gone = invoice(api, account, 700)
    api.post(f"/v1/invoices/{gone['id']}/void", {}).expect(200)
    one = the_one(api, account)
    assert {k: one[k] for k in ("opening", "invoices", "debits", "credits", "payments", "closing", "due", "unapplied")} == {
        "opening": 0, "invoices": 10000, "debits": 2400, "credits": 2500, "payments": 2500, "closing": 7400, "due": 7400, "unapplied": 0}
    assert [(m["document_kind"], m["number"], m["event"], m["amount"]) for m in one["movements"]] == [
        ("invoice", first["number"], "finalized", 10000), ("invoice", more["number"], "finalized", 2400),
        ("invoice", less["number"], "finalized", -2500), ("payment", None, "received", -3000), ("refund", None, "created", 500),
        ("invoice", gone["number"], "finalized", 700), ("invoice", gone["number"], "voided", -700)]
    top = {d["number"]: d for d in one["documents"]}
    assert set(top) == {first["number"], gone["number"]}
    assert (top[first["number"]]["amount_due"], [a["number"] for a in top[first["number"]]["adjustments"]]) == (5000, [less["number"], more["number"]])


def test_what_no_invoice_has_used_is_the_customers(api, account):
    pay(api, account, 5000)
    one = the_one(api, account)
    assert (one["closing"], one["due"], one["unapplied"], one["documents"]) == (-5000, 0, 5000, [])
    invoice(api, account, 2000)  # uses it
    one = the_one(api, account)
    assert (one["closing"], one["due"], one["unapplied"]) == (-3000, 0, 3000)
    assert [m["amount"] for m in one["movements"]] == [-5000, 2000]


def test_any_days(new_tenant):
    """Random histories: what a day closes with, the next one opens with; each document as it stood."""
    seed = random.randrange(2**32)
    print("seed", seed)
    api = new_tenant("statement-days", roles=("billing",)).program()
    account = new_account(api)
    rnd, day = random.Random(seed), datetime.date(2026, 1, 1)
    documents, days = [], []
    for _ in range(14):
        day += datetime.timedelta(rnd.randrange(1, 9))
        days.append(day)
        if not documents or rnd.random() < .5:
            documents.append(invoice(api, account, rnd.randrange(100, 90000), issue_date=str(day), payment_terms=rnd.choice([0, 7, 30])))
        else:
            pay(api, account, rnd.randrange(100, 60000), received_on=str(day))
    whole = the_one(api, account, since="2026-01-01", to=str(day))
    assert whole["opening"] == 0
    assert whole["due"] == sum(api.get(f"/v1/invoices/{d['id']}").json["amount_due"] for d in documents)
    last = 0
    for start, end in zip([datetime.date(2026, 1, 1), *(d + datetime.timedelta(1) for d in days)], days):
        shown = statement(api, account, since=str(start), to=str(end))["balances"]
        if shown:
            assert shown[0]["opening"] == last
            last = shown[0]["closing"]
    assert last == whole["closing"]


def test_with_the_accounts_below(api, account):
    child = new_account(api, parent_id=account["id"])
    invoice(api, account, 1000)
    invoice(api, child, 300)
    assert the_one(api, account)["closing"] == 1000 and the_one(api, child)["closing"] == 300
    both = statement(api, account, include_children="true")
    assert both["include_children"] and [b["closing"] for b in both["balances"]] == [1300]


def test_by_currency(api, account):
    invoice(api, account, 1000)
    invoice(api, account, 100, currency="JPY", lines=[{"description": "Stay", "unit_price": "1127", "tax_rate": "10"}])
    assert {b["currency"]: b["closing"] for b in statement(api, account)["balances"]} == {"EUR": 1000, "JPY": 1240}


def test_refusals(api, other_program, account):
    path = f"/v1/accounts/{account['id']}/statement"
    draft(api, account, 100)
    assert statement(api, account)["balances"] == []
    assert pointers(problem(api.get(path, **{"from": "2001-01-01", "to": "2003-01-01"}), 422)) == {"/from": "out_of_range"}
    assert pointers(problem(api.get(path, **{"from": "2026-02-30"}), 422)).keys() == {"?from"}
    problem(other_program.get(path), 404)
    problem(api.get(f"/v1/accounts/{new_id()}/statement"), 404)
