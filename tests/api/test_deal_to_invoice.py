"""From a won deal to its documents: exactly one of each, with nothing retyped."""
import concurrent.futures

import pytest

from harness.problem import problem
from harness.wait import wait_for


@pytest.fixture(scope="module")
def seller(new_tenant):
    tenant = new_tenant("handoff")
    tenant.program().post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return tenant


@pytest.fixture
def api(seller):
    return seller.program()


@pytest.fixture
def account(api):
    return api.post("/v1/accounts", {
        "legal_name": "Alpenblick Hotel GmbH", "payment_terms": 14, "tax_id": "ATU1",
        "invoice_address": {"line1": "Seestrasse 1", "city": "Wien", "country": "AT"},
        "contacts": [{"name": "Office", "email": "office@alpenblick.example", "roles": ["billing"]}]}).expect(201).json


ONCE = {"description": "Set-up", "quantity": "2", "unit_price": "125.50"}
MONTHLY = {"description": "Care", "unit_price": "49", "recurring": "month"}


def deal(api, account, *lines, **more):
    return api.post("/v1/deals", {"name": "Season", "account_id": account["id"], "lines": list(lines), **more}).expect(201).json


def win(api, deal):
    return api.post(f"/v1/deals/{deal['id']}/win", {}).expect(200).json


def documents(api, deal, invoices=1, subscriptions=0):
    def there():
        d = api.get(f"/v1/deals/{deal['id']}").expect(200).json
        return d if (len(d["invoices"]), len(d["subscriptions"])) == (invoices, subscriptions) else None

    return wait_for(there, 10, "the documents of the deal")


def test_a_won_deal_has_a_draft_that_says_what_the_account_says(api, account):
    won = deal(api, account, ONCE, po_number="PO-7", discount_percent="10", supply_date="2026-01-15")
    win(api, won)
    shown = documents(api, won)
    assert shown["billing_status"] == "draft"
    invoice = api.get(f"/v1/invoices/{shown['invoices'][0]}").expect(200).json
    assert invoice["status"] == "draft" and invoice["deal_id"] == won["id"]
    for member in ("billing_contact", "payment_terms", "tax_settings"):
        assert invoice[member] == account[member]
    assert invoice["payer"]["legal_name"] == account["legal_name"]
    assert (invoice["po_number"], invoice["supply_date"]) == ("PO-7", "2026-01-15")
    assert (invoice["subtotal"], invoice["discount_total"], invoice["tax_total"], invoice["total"]) == (25100, 2510, 4518, 27108)


def test_once_and_again_are_both_made_once(api, seller, account):
    won = deal(api, account, ONCE, MONTHLY)

    def click(_):
        return seller.product.client(Authorization=api.headers["Authorization"]).post(f"/v1/deals/{won['id']}/win", {}).status

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(click, range(6)))[0] == 200
    shown = documents(api, won, 1, 1)
    subscription = api.get(f"/v1/subscriptions/{shown['subscriptions'][0]}").expect(200).json
    assert (subscription["state"], subscription["deal_id"]) == ("pending", won["id"])
    assert [(i["description"], i["unit_price"], i["recurring"]) for i in subscription["items"]] == [("Care", "49", "month")]
    invoice = api.get(f"/v1/invoices/{shown['invoices'][0]}").json
    assert [line["description"] for line in invoice["lines"]] == ["Set-up"]


def test_reopening_takes_the_draft_along(api, account):
    won = deal(api, account, ONCE, MONTHLY)
    win(api, won)
    invoice = documents(api, won, 1, 1)["invoices"][0]
    api.post(f"/v1/deals/{won['id']}/reopen", {}).expect(200)
    shown = documents(api, won, 0, 0)
    assert (shown["state"], shown["billing_status"]) == ("open", "none")
    problem(api.get(f"/v1/invoices/{invoice}"), 404)
    win(api, won)
    again = documents(api, won, 1, 1)["invoices"][0]
    api.post(f"/v1/invoices/{again}/finalize", {}).expect(200)
    assert api.get(f"/v1/deals/{won['id']}").json["billing_status"] == "invoiced"
    problem(api.post(f"/v1/deals/{won['id']}/reopen", {}), 409, "wrong_state")


def test_payment_closes_invoice_deal_and_account(api, account):
    won = deal(api, account, {"description": "Set-up", "unit_price": "100.8333333"})
    win(api, won)
    invoice = documents(api, won)["invoices"][0]
    final = api.post(f"/v1/invoices/{invoice}/finalize", {}).expect(200).json
    assert final["total"] == 12100
    assert api.get(f"/v1/accounts/{account['id']}").json["payment_status"] == "open"

    def pay(amount):
        api.post("/v1/payments", {"account_id": account["id"], "amount": amount, "currency": "EUR"}).expect(201)
        shown = api.get(f"/v1/invoices/{invoice}").json
        return shown["status"], shown["amount_due"], api.get(f"/v1/deals/{won['id']}").json["billing_status"]

    assert pay(5000) == ("partially_paid", 7100, "partially_paid")
    assert pay(7695) == ("paid", 0, "paid")
    shown = api.get(f"/v1/accounts/{account['id']}").json
    assert shown["payment_status"] == "paid"
    assert [(b["currency"], b["amount_due"], b["unapplied"]) for b in shown["balances"]] == [("EUR", 0, 595)]
    problem(api.post(f"/v1/invoices/{invoice}/void"), 409, "wrong_state")
    for total in api.get("/v1/reports/trial_balance").json["totals"]:
        assert total["difference"] == 0


def test_a_voided_invoice_frees_its_deal(api, account):
    won = deal(api, account, ONCE)
    win(api, won)
    invoice = documents(api, won)["invoices"][0]
    api.post(f"/v1/invoices/{invoice}/finalize", {}).expect(200)
    api.post(f"/v1/invoices/{invoice}/void").expect(200)
    assert api.get(f"/v1/deals/{won['id']}").json["billing_status"] == "none"
    api.post(f"/v1/deals/{won['id']}/reopen", {}).expect(200)


def test_r24_a_final_invoice_holds_its_deal_until_it_is_credited_in_full(api, account):
    won = deal(api, account, ONCE)
    win(api, won)
    invoice = documents(api, won)["invoices"][0]
    api.post(f"/v1/invoices/{invoice}/finalize", {}).expect(200)
    api.post(f"/v1/invoices/{invoice}/credit", {"finalize": True, "lines": [
        {"line_id": api.get(f"/v1/invoices/{invoice}").json["lines"][0]["id"], "amount": 1}]}).expect(201)
    problem(api.post(f"/v1/deals/{won['id']}/reopen", {}), 409, "wrong_state")
    assert api.get(f"/v1/deals/{won['id']}").json["billing_status"] == "invoiced"
    api.post(f"/v1/invoices/{invoice}/credit", {"finalize": True}).expect(201)
    assert api.get(f"/v1/deals/{won['id']}").json["billing_status"] == "none"
    again = api.post(f"/v1/deals/{won['id']}/reopen", {}).expect(200).json
    win(api, again)
    live = wait_for(lambda: [i for i in api.all("/v1/invoices", deal_id=won["id"]) if i["status"] == "draft"], 20, "the second draft")
    assert len(live) == 1 and api.get(f"/v1/deals/{won['id']}").json["billing_status"] == "draft"


def test_what_a_won_deal_was_won_with_belongs_to_its_documents(api, account):
    won = deal(api, account, ONCE, currency="EUR", discount_percent="10")
    win(api, won)
    other = api.post("/v1/accounts", {"legal_name": "Talblick GmbH", "tax_id": "ATU-2"}).expect(201).json
    line = won["lines"][0]
    shown = documents(api, won)
    refused = {
        "/account_id": {"account_id": other["id"]}, "/currency": {"currency": "USD"}, "/discount_percent": {"discount_percent": "5"},
        "/lines": {"lines": [{**{m: line[m] for m in ("id", "description", "unit_price")}, "quantity": "3"}]}}
    for pointer, body in {**refused, "/lines ": {"lines": []}, "/lines  ": {"lines": [MONTHLY]},
                          "/lines   ": {"lines": [{"id": line["id"]}, MONTHLY]}}.items():
        told = problem(api.patch(f"/v1/deals/{won['id']}", body, shown), 409, "wrong_state")
        assert [e["pointer"] for e in told["errors"]] == [pointer.strip()], body
    both = problem(api.patch(f"/v1/deals/{won['id']}", {"account_id": other["id"], "currency": "USD"}, shown), 409, "wrong_state")
    assert {e["pointer"] for e in both["errors"]} == {"/account_id", "/currency"}
    now = api.get(f"/v1/deals/{won['id']}").expect(200).json
    assert {m: now[m] for m in ("version", "lines", "account_id", "currency", "amount")} == {
        m: shown[m] for m in ("version", "lines", "account_id", "currency", "amount")}
    # What does not stand on its documents may change, and saying the same again is no change.
    kept = api.patch(f"/v1/deals/{won['id']}", {"notes": "Call in May", "currency": "EUR", "lines": [{"id": line["id"]}]}, now).expect(200).json
    assert kept["notes"] == "Call in May"
    open_again = api.post(f"/v1/deals/{won['id']}/reopen", {}).expect(200).json
    changed = api.patch(f"/v1/deals/{won['id']}", {"account_id": other["id"], "currency": "USD", "lines": [MONTHLY]}, open_again).expect(200).json
    assert (changed["account_id"], changed["currency"]) == (other["id"], "USD")
