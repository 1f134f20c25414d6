"""What a customer has that no invoice has used: by itself or by hand used, taken off an invoice again, given back, and each movement shown."""
import concurrent.futures

import pytest

from harness.billing import entries, events, invoice, new_account, pay, state
from harness.contract import new_id
from harness.money import check_money
from harness.problem import pointers, problem


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("account-credit", roles=("owner", "billing", "sales"))


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


def look(api, payment):
    return api.get(f"/v1/payments/{payment['id']}").expect(200).json


def statement(api, account, **days):
    shown = api.get(f"/v1/accounts/{account['id']}/credit", **days).expect(200).json
    for one in shown["balances"]:
        assert one["closing"] == one["opening"] + sum(m["amount"] for m in one["movements"])
        if one["movements"]:
            assert one["movements"][-1]["balance"] == one["closing"]
    return shown


def moved(api, account):
    """[(event, amount, balance)] of the one balance there is."""
    (one,) = statement(api, account)["balances"]
    return [(m["event"], m["amount"], m["balance"]) for m in one["movements"]]


def apply(api, payment, document, **more):
    return api.post(f"/v1/payments/{payment['id']}/apply", {"invoice_id": document["id"], **more})


def release(api, payment, document, **more):
    return api.post(f"/v1/payments/{payment['id']}/release", {"invoice_id": document["id"], **more})


def choose(seller, **billing):
    owner = seller.as_role("owner")
    settings = owner.get("/v1/settings").expect(200)
    owner.patch("/v1/settings", {"settings": {"billing": billing}}, settings.etag).expect(200)


@pytest.fixture
def by_hand(seller):
    """Nothing is used by itself."""
    choose(seller, apply_credit=False)
    yield
    choose(seller, apply_credit=None)


def gift(api, account, amount):
    api.post("/v1/invoices", {"account_id": account["id"], "kind": "credit", "standalone": True, "reason": "Goodwill", "finalize": True, "lines": [
        {"description": "Goodwill", "quantity": "-1", "unit_price": f"{amount // 100}.{amount % 100:02}", "tax_rate": "0"}]}).expect(201)
    return max(api.all("/v1/payments", account_id=account["id"]), key=lambda p: p["id"])


def test_every_movement_is_shown(api, account):
    first = invoice(api, account, 10000)
    paid = pay(api, account, 15000)
    api.post(f"/v1/invoices/{first['id']}/credit", {"finalize": True, "lines": [{"line_id": first["lines"][0]["id"], "amount": 2500}]}).expect(201)
    gift(api, account, 1000)
    invoice(api, account, 6000)
    api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 1000}).expect(201)
    rows = moved(api, account)
    assert sorted(r[:2] for r in rows) == sorted([("received", 5000), ("finalized", 2500), ("finalized", 1000), ("applied", -6000), ("created", -1000)])
    assert rows[-1][2] == 1500 == sum(b["unapplied"] for b in api.get(f"/v1/accounts/{account['id']}").json["balances"])
    assert statement(api, account, **{"from": "2001-01-01", "to": "2001-12-31"})["balances"] == []
    assert pointers(problem(api.get(f"/v1/accounts/{account['id']}/credit", **{"from": "2001-01-01", "to": "2003-01-01"}), 422)) == {"/from": "out_of_range"}
    problem(api.get(f"/v1/accounts/{new_id()}/credit"), 404)


def test_oldest_money_first(api, account):
    old, new = pay(api, account, 300, received_on="2026-01-10"), pay(api, account, 500, received_on="2026-02-10")
    assert state(api, invoice(api, account, 400)) == ("paid", 0)
    assert (look(api, old)["unapplied"], look(api, new)["unapplied"]) == (0, 400)


def test_by_hand_where_the_tenant_says_so(seller, api, account, by_hand):
    credit = gift(api, account, 5000)
    document = invoice(api, account, 3000)
    assert state(api, document) == ("open", 3000) and look(api, credit)["unapplied"] == 5000
    drafted = api.post("/v1/invoices", {"account_id": account["id"], "lines": [{"description": "x", "unit_price": "10"}]}).expect(201).json
    assert api.post(f"/v1/invoices/{drafted['id']}/finalize").expect(200).json["amount_due"] == drafted["payable"]
    apply(api, credit, document, amount=1000).expect(200)
    assert state(api, document) == ("partially_paid", 2000)
    apply(api, credit, document).expect(200)
    assert state(api, document) == ("paid", 0) and look(api, credit)["unapplied"] == 2000
    told = problem(seller.as_role("owner").patch("/v1/settings", {"settings": {"billing": {"apply_credit": "no"}}},
                                                 seller.as_role("owner").get("/v1/settings").etag), 422)
    assert pointers(told) == {"/settings/billing/apply_credit": "invalid"}


def test_taken_off_an_invoice_again(api, account):
    document = invoice(api, account, 1000)
    paid = pay(api, account, 1200)
    shown = release(api, paid, document, amount=400).expect(200).json
    assert shown["unapplied"] == 600 and [(a["amount"], a["released"]) for a in shown["allocations"]] == [(1000, False), (-400, True)]
    assert shown["version"] > paid["version"] and state(api, document) == ("partially_paid", 400)
    assert entries(api, paid)["released"] == {"1100": 400, "2200": -400}
    assert "payment.released" in [t for e in events(api, paid["id"], "payment.released") for t in (e["type"], *e["also"])]
    release(api, paid, document).expect(200)
    assert state(api, document) == ("open", 1000) and look(api, paid)["unapplied"] == 1200
    assert [r[:2] for r in moved(api, account)] == [("received", 200), ("released", 400), ("released", 600)]
    apply(api, paid, document).expect(200)
    assert state(api, document) == ("paid", 0)


def test_refusals_write_nothing(seller, api, account):
    document, other = invoice(api, account, 1000), None
    paid = pay(api, account, 700)
    other = invoice(api, account, 500)
    before = look(api, paid)
    told = problem(release(api, paid, document, amount=701), 422, "over_allocation")
    assert pointers(told) == {"/amount": "over_allocation"} and "700" in told["errors"][0]["detail"]
    assert pointers(problem(release(api, paid, other), 422)) == {"/invoice_id": "not_found"}
    assert set(pointers(problem(release(api, paid, {"id": new_id()}), 422))) == {"/invoice_id"}
    assert pointers(problem(release(api, paid, document, amount=0), 422)).keys() == {"/amount"}
    problem(release(api, {"id": new_id()}, document), 404)
    problem(release(seller.as_role("sales"), paid, document), 403)
    assert look(api, paid) == before and state(api, document) == ("partially_paid", 300)
    release(api, paid, document).expect(200)
    problem(release(api, paid, document), 409, "wrong_state")


def test_at_once_it_is_taken_off_once(seller, api, account):
    document = invoice(api, account, 1000)
    paid = pay(api, account, 1000)
    clients = [seller.product.client(Authorization="Bearer " + seller.token()) for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: release(one, paid, document, amount=600), clients))
    assert sorted(a.status for a in answers) == [200] + [422] * 5
    assert state(api, document) == ("partially_paid", 600) and look(api, paid)["unapplied"] == 600
