"""Prices that move from a day on, one or many at once, with a dry run first. Rows R42, S18."""
import secrets
import threading

import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from harness.wait import wait_for
from test_renewals import billed
from test_subscriptions import look, plan, subscribe


@pytest.fixture(scope="module")
def shop(new_tenant):
    return Sandbox(new_tenant("reprice"))


@pytest.fixture
def api(shop):
    return shop.tenant.program()


def versions(api, plan):
    """Whole, the oldest first."""
    return sorted((api.get(f"/v1/plan_versions/{v['id']}").expect(200).json for v in api.all("/v1/plan_versions", plan_id=plan["id"])),
                  key=lambda v: v["version_no"])


def prices(version):
    return {(p["charge"], p["currency"]): p["unit_price"] for p in version["prices"]}


def reprice(api, plan, **body):
    return api.post(f"/v1/plans/{plan['id']}/reprice", body)


def finished(api, path, **spec):
    operation = api.post(f"/v1/{path}/bulk", spec).expect(202).json
    shown = wait_for(lambda: (o := api.get(f"/v1/operations/{operation['id']}").json)["state"] in ("done", "failed") and o, 30, "the operation")
    rows = api.all(f"/v1/operations/{operation['id']}/results")
    return shown["done"], {r["object_id"]: r["error"]["code"] for r in rows if r["state"] == "failed"}


def test_a_plans_prices_move_by_percent_from_a_day_on(shop, api):
    """A new version like the one of that day but for its prices; what the one before says stays; whoever begins before the day has the old one."""
    sold = plan(api, version={"term": 12, "trial_days": 3, "notice_days": 30})
    day = f"{shop.year}-05-01"
    shown = reprice(api, sold, valid_from=day, percent="3.5", round_to="0.5", applies_to="renewing").expect(200).json
    assert shown["id"] == sold["id"] and shown["current_version"]["version_no"] == 1
    old, new = versions(api, sold)
    assert prices(old) == {("seat", "EUR"): "49", ("sms", "EUR"): "5", ("seat", "USD"): "55"}
    assert prices(new) == {("seat", "EUR"): "50.5", ("sms", "EUR"): "5", ("seat", "USD"): "57"}  # 50.715, 5.175, 56.925
    same = ("recurring", "every", "alignment", "trial_days", "term", "auto_renew", "notice_days", "plan_id")
    assert [new[m] for m in same] == [old[m] for m in same]
    assert (new["valid_from"], new["applies_to"], new["version_no"]) == (day, "renewing", 2)
    strip = lambda v: [{m: c[m] for m in c if m != "id"} for c in v["charges"]]  # noqa: E731
    assert strip(new) == strip(old)
    account = shop.account()
    one, two = (subscribe(api, account, plan_id=sold["id"], start_date=d, pending=True).expect(201).json for d in (f"{shop.year}-04-30", day))
    assert [s["items"][0]["unit_price"] for s in (one, two)] == ["49", "50.5"]
    events = [e["type"] for e in api.all("/v1/events", object_id=new["id"])]
    assert events == ["plan_version.created"]


def test_rounding_and_tiers(shop, api):
    """Half away from zero, to the places of the currency or the price's own where nothing is said; tiers and minimums too."""
    sold = plan(api, version={
        "charges": [{"code": "calls", "description": "Calls", "model": "graduated"}, {"code": "flat", "description": "Flat", "model": "flat"}],
        "prices": [{"charge": "calls", "currency": "EUR", "minimum": "9.99", "tiers": [
                       {"up_to": "100", "unit_price": "0.0125", "flat": "1"}, {"up_to": None, "unit_price": "0.01"}]},
                   {"charge": "flat", "currency": "EUR", "unit_price": "0.05"}, {"charge": "flat", "currency": "JPY", "unit_price": "105"}]})
    asked = {"valid_from": f"{shop.year}-05-01", "percent": "-10"}
    shown = api.post(f"/v1/plans/{sold['id']}/preview_reprice", asked).expect(200).json
    assert shown["plan_version_id"] == sold["version"]["id"] and len(versions(api, sold)) == 1
    calls, flat, yen = shown["prices"]
    assert (calls["minimum_before"], calls["minimum"]) == ("9.99", "8.99")  # 8.991
    assert [(t["up_to"], t["unit_price"], t.get("flat")) for t in calls["tiers"]] == [("100", "0.0113", "0.9"), (None, "0.01", None)]  # 0.01125, 0.009: to the places that each has
    assert calls["tiers_before"][0]["unit_price"] == "0.0125"
    assert [(p["unit_price_before"], p["unit_price"]) for p in (flat, yen)] == [("0.05", "0.05"), ("105", "95")]  # 0.045, 94.5
    reprice(api, sold, **asked).expect(200)
    made = versions(api, sold)[-1]
    assert [(p["unit_price"], p["minimum"]) for p in made["prices"]] == [("0", "8.99"), ("0.05", None), ("95", None)]


def test_by_an_amount_of_a_currency(shop, api):
    sold = plan(api)
    day = f"{shop.year}-06-01"
    reprice(api, sold, valid_from=day, amount="1.255", currency="EUR").expect(200)
    last = prices(versions(api, sold)[-1])
    assert last[("seat", "USD")] == "55" and last[("seat", "EUR")] == "50.26"  # to the cent


WRONG = [
    ({"percent": "5"}, {"/valid_from": "required"}),
    ({"valid_from": "2000-01-01", "percent": "5"}, {"/valid_from": "out_of_range"}),
    ({"valid_from": "2999-01-01"}, {"/percent": "required"}),
    ({"valid_from": "2999-01-01", "percent": "5", "amount": "1", "currency": "EUR"}, {"/percent": "conflict"}),
    ({"valid_from": "2999-01-01", "amount": "1"}, {"/currency": "required"}),
    ({"valid_from": "2999-01-01", "amount": "-6", "currency": "EUR"}, {"/amount": "out_of_range"}),
    ({"valid_from": "2999-01-01", "percent": "5", "currency": "GBP"}, {"/currency": "no_price"}),
    ({"valid_from": "2999-01-01", "percent": "-101"}, {"/percent": "out_of_range"}),
    ({"valid_from": "2999-01-01", "percent": "1.2345678"}, {"/percent": "out_of_range"}),
    ({"valid_from": "2999-01-01", "percent": "5", "round_to": "0"}, {"/round_to": "out_of_range"}),
]


@pytest.mark.parametrize("body,wrong", WRONG, ids=lambda v: None)
def test_what_cannot_be_moved_is_refused(api, body, wrong):
    sold = plan(api)
    for action in ("reprice", "preview_reprice"):
        assert pointers(problem(api.post(f"/v1/plans/{sold['id']}/{action}", body), 422)) == wrong
    assert len(versions(api, sold)) == 1


def test_who_may_and_what_is_not_there(shop, api):
    sold = plan(api)
    body = {"valid_from": "2999-01-01", "percent": "5"}
    problem(shop.tenant.as_role("sales").post(f"/v1/plans/{sold['id']}/reprice", body), 403)
    shop.tenant.as_role("sales").post(f"/v1/plans/{sold['id']}/preview_reprice", body).expect(200)
    problem(api.post("/v1/plans/0193a000-0000-7000-8000-00000000dead/reprice", body), 404)
    empty = api.post("/v1/plans", {"code": "P-" + secrets.token_hex(5), "name": "Empty"}).expect(201).json
    assert pointers(problem(reprice(api, empty, **body), 422)) == {"/valid_from": "not_found"}
    api.delete(f"/v1/plans/{sold['id']}", api.get(f"/v1/plans/{sold['id']}").json).expect(204)
    problem(reprice(api, sold, **body), 409, "wrong_state")


def test_many_plans_with_a_dry_run_first(shop, api):
    """S18: a result for each; the dry run leaves nothing; running subscriptions follow where that is asked for."""
    name = "Bulk " + secrets.token_hex(4)
    sold = [plan(api, name=name) for _ in range(3)]
    empty = api.post("/v1/plans", {"code": "P-" + secrets.token_hex(5), "name": name}).expect(201).json
    made = subscribe(api, shop.account(), plan_id=sold[0]["id"], start_date=f"{shop.year}-02-20", billing_mode="finalize").expect(201).json
    wait_for(lambda: look(api, made)["invoices"], 20, "its first invoice")
    spec = {"action": "reprice", "where": {"field": "name", "op": "eq", "value": name},
            "params": {"valid_from": f"{shop.year}-03-10", "percent": "10", "applies_to": "running"}}
    assert finished(api, "plans", **spec, dry_run=True) == (3, {empty["id"]: "validation_failed"})
    assert [len(versions(api, p)) for p in sold] == [1, 1, 1]
    assert finished(api, "plans", **spec) == (3, {empty["id"]: "validation_failed"})
    assert [prices(versions(api, p)[-1])[("seat", "EUR")] for p in sold] == ["53.9"] * 3
    shop.to("03-21")
    assert billed(shop, made) == {"02-20": 9800, "03-20": 10780}


def test_products_prices_move_too(shop, api):
    """A price beside it, found from its day on; of several prices of a product the one of that day alone."""
    sold = api.post("/v1/products", {"code": "P-" + secrets.token_hex(6), "name": "Hosting", "prices": [
        {"currency": "EUR", "unit_price": "12.34", "recurring": "month"}, {"currency": "EUR", "unit_price": "100"},
        {"currency": "EUR", "unit_price": "90", "valid_from": "2020-01-01", "valid_to": "2021-01-01"}]}).expect(201).json
    month, once, past = sold["prices"]
    day = f"{shop.year}-07-01"
    new = api.post(f"/v1/prices/{month['id']}/reprice", {"valid_from": day, "percent": "7", "round_to": "0.05"}).expect(200).json
    assert (new["unit_price"], new["valid_from"], new["recurring"], new["product_id"]) == ("13.2", day, "month", sold["id"])  # 13.2038
    assert api.get(f"/v1/prices/{month['id']}").json["unit_price"] == "12.34"
    item = {"product_id": sold["id"], "recurring": "month"}
    account = shop.account(currency="EUR")
    one, two = (subscribe(api, account, items=[item], start_date=d, pending=True).expect(201).json for d in (f"{shop.year}-06-30", day))
    assert [s["items"][0]["unit_price"] for s in (one, two)] == ["12.34", "13.2"]
    where = {"where": {"field": "product_id", "op": "eq", "value": sold["id"]}, "params": {"valid_from": f"{shop.year}-08-01", "amount": "1"}}
    assert finished(api, "prices", action="reprice", **where, dry_run=True) == (2, {month["id"]: "wrong_state", past["id"]: "wrong_state"})
    assert finished(api, "prices", action="reprice", **where) == (2, {month["id"]: "wrong_state", past["id"]: "wrong_state"})
    assert sorted(p["unit_price"] for p in api.all("/v1/prices", product_id=sold["id"]) if p["valid_from"] == f"{shop.year}-08-01") == ["101", "14.2"]
    assert pointers(problem(api.post(f"/v1/prices/{once['id']}/reprice", {"valid_from": day, "amount": "-101"}), 422)) == {"/amount": "out_of_range"}
    assert pointers(problem(api.post(f"/v1/prices/{once['id']}/reprice", {"valid_from": "2001-01-01", "percent": "1"}), 422)) == {"/valid_from": "out_of_range"}


def test_at_once_they_follow_each_other(api):
    """Ten who move a plan at the same moment: ten versions, each made of the one before."""
    sold = plan(api)
    answers = []
    threads = [threading.Thread(target=lambda one=api.with_headers(): answers.append(
        reprice(one, sold, valid_from="2999-01-01", amount="1", currency="EUR").status)) for _ in range(10)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert answers == [200] * 10
    assert [prices(v)[("seat", "EUR")] for v in versions(api, sold)] == [str(49 + n) for n in range(11)]
