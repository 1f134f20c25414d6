"""Subscriptions: made of a plan or of items of their own, begun, cancelled, paused, renewed. Rows R35, R36, R40 to R42, X14; worked cases T1, T47."""
import datetime
import secrets

import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from harness.wait import wait_for

ITEM = {"description": "Care", "unit_price": "49", "recurring": "month"}


@pytest.fixture(scope="module")
def seller(new_tenant):
    return Sandbox(new_tenant("subscriptions"))


@pytest.fixture(scope="module")
def account(seller):
    return seller.account(currency="EUR")


@pytest.fixture
def api(seller):
    return seller.tenant.program()


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February."""
    return Sandbox(new_tenant("subscribed"))


def plan(api, version=None, **more):
    made = api.post("/v1/plans", {"code": "P-" + secrets.token_hex(5), "name": "Care", **more}).expect(201).json
    made["version"] = add_version(api, made, **(version or {}))
    return made


def add_version(api, plan, **more):
    return api.post("/v1/plan_versions", {
        "plan_id": plan["id"], "recurring": "month",
        "charges": [{"code": "seat", "description": "Seat", "quantity": "2"}, {"code": "sms", "description": "SMS", "add_on": True}],
        "prices": [{"charge": "seat", "currency": "EUR", "unit_price": "49"}, {"charge": "sms", "currency": "EUR", "unit_price": "5"},
                   {"charge": "seat", "currency": "USD", "unit_price": "55"}], **more}).expect(201).json


def subscribe(api, account, **more):
    return api.post("/v1/subscriptions", {"account_id": account["id"], **more})


def act(api, subscription, action, body=None, status=200):
    return api.post(f"/v1/subscriptions/{subscription['id']}/{action}", body or {}).expect(status).json


def look(api, subscription, **query):
    return api.get(f"/v1/subscriptions/{subscription['id']}", **query).expect(200).json


def charged(subscription, *members):
    return [tuple(i[m] for m in members or ("plan_charge", "quantity", "unit_price")) for i in subscription["items"]]


def starts(shop, subscription):
    rows = shop.api.all("/v1/invoices", subscription_id=subscription["id"])
    return sorted(r["period_start"] for r in rows)


def events(api, subscription):
    return [e["type"] for e in reversed(api.all("/v1/events", object_id=subscription["id"]))]


def days(start, count):
    return (datetime.date.fromisoformat(start) + datetime.timedelta(days=count)).isoformat()


# ---- made ----

def test_of_a_plan(seller, api, account):
    """R36: prices are copied; what the catalogue says later does not reach it."""
    sold = plan(api)
    made = subscribe(api, account, plan_code=sold["code"].lower(), quantities=[{"charge": "seat", "quantity": "7"}], add_ons=[{"charge": "sms"}],
                     billing_mode="draft").expect(201).json
    assert charged(made) == [("seat", "7", "49"), ("sms", "1", "5")]
    today = made["start_date"]
    assert (made["state"], made["name"], made["currency"], made["anchor"], made["next_bill_on"]) == ("active", "Care", "EUR", today, today)
    assert (made["plan_id"], made["plan_version_id"], made["current_period_start"], made["in_trial"]) == (sold["id"], sold["version"]["id"], today, None)
    assert [i["lineage"] for i in made["items"]] == [i["id"] for i in made["items"]]
    newer = add_version(api, sold, prices=[{"charge": "seat", "currency": "EUR", "unit_price": "99"}, {"charge": "sms", "currency": "EUR", "unit_price": "9"}])
    assert charged(look(api, made)) == [("seat", "7", "49"), ("sms", "1", "5")]
    other = subscribe(api, account, plan_id=sold["id"], pending=True).expect(201).json
    assert (other["plan_version_id"], charged(other), other["state"]) == (newer["id"], [("seat", "2", "99")], "pending")
    older = subscribe(api, account, plan_version_id=sold["version"]["id"], pending=True, currency="USD").expect(201).json
    assert (charged(older), older["currency"]) == ([("seat", "2", "55")], "USD")


def test_a_currency_without_a_price_is_named(api, account):
    """P7: a price is never made of another currency's."""
    sold = plan(api)
    told = problem(subscribe(api, account, plan_id=sold["id"], currency="GBP"), 422)
    assert pointers(told) == {"/currency": "no_price"}
    assert "seat" in told["errors"][0]["detail"] and "GBP" in told["errors"][0]["detail"]
    told = problem(subscribe(api, account, plan_id=sold["id"], currency="USD", add_ons=[{"charge": "sms"}]), 422)
    assert "sms" in told["errors"][0]["detail"]


WRONG = [
    ({}, {"/plan_id": "required"}),
    ({"items": []}, {"/plan_id": "required"}),
    ({"plan_code": "none-such"}, {"/plan_code": "not_found"}),
    ({"items": [{"description": "x", "recurring": "month"}]}, {"/items/0/unit_price": "required"}),
    ({"items": [{"unit_price": "1", "recurring": "month"}]}, {"/items/0/description": "required"}),
    ({"items": [{**ITEM, "model": "volume"}]}, {"/items/0/tiers": "invalid", "/items/0/unit_price": "not_used"}),
    ({"items": [{**ITEM, "package": "3"}]}, {"/items/0/package": "not_used"}),
    ({"items": [ITEM], "quantities": [{"charge": "a"}]}, {"/quantities": "not_used"}),
    ({"items": [ITEM], "coupons": ["none"]}, {"/coupons/0": "not_found"}),
    ({"items": [ITEM], "start_date": "1990-01-01"}, {"/start_date": "out_of_range"}),
    ({"items": [ITEM], "location_id": "0193a000-0000-7000-8000-00000000dead"}, {"/location_id": "not_found"}),
    ({"items": [ITEM], "account_id": "0193a000-0000-7000-8000-00000000dead"}, {"/account_id": "not_found"}),
    ({"items": [{**ITEM, "recurring": "day"}]}, {"/items/0/recurring": "choice"}),
]


@pytest.mark.parametrize("more,wrong", WRONG, ids=lambda v: None)
def test_what_cannot_be_charged_is_refused(api, account, more, wrong):
    assert pointers(problem(subscribe(api, account, **more), 422)) == wrong


def test_what_a_plan_has_not_is_refused(api, account):
    sold = plan(api)
    told = problem(subscribe(api, account, plan_id=sold["id"], quantities=[{"charge": "sms", "quantity": "3"}, {"charge": "seat"}, {"charge": "seat"}],
                             add_ons=[{"charge": "seat"}, {"charge": "none"}]), 422)
    assert pointers(told) == {"/quantities/0/charge": "not_found", "/quantities/2/charge": "duplicate", "/add_ons/0/charge": "not_found",
                              "/add_ons/1/charge": "not_found"}
    assert pointers(problem(subscribe(api, account, plan_id=sold["id"], items=[ITEM]), 422)) == {"/items": "conflict"}
    api.delete(f"/v1/plans/{sold['id']}", api.get(f"/v1/plans/{sold['id']}").json).expect(204)
    assert pointers(problem(subscribe(api, account, plan_id=sold["id"]), 422)) == {"/plan_id": "archived"}


def test_of_items_of_its_own(api, account):
    """R35: a template of recurring invoices; what an item leaves out is its product's."""
    sold = api.post("/v1/products", {"code": "P-" + secrets.token_hex(6), "name": "Hosting", "unit": "site",
                                     "prices": [{"currency": "EUR", "unit_price": "12", "recurring": "month"}]}).expect(201).json
    made = subscribe(api, account, pending=True, items=[{"product_id": sold["id"], "quantity": "3", "recurring": "month"},
                                                        {**ITEM, "recurring": "year", "every": 2, "discount_percent": "10"}]).expect(201).json
    assert charged(made, "description", "quantity", "unit_price", "unit", "recurring", "every") == [
        ("Hosting", "3", "12", "site", "month", 1), ("Care", "1", "49", None, "year", 2)]
    # While it is pending it can be written anew; elements keep their identity by id.
    first = made["items"][0]["id"]
    path = f"/v1/subscriptions/{made['id']}"
    made = api.patch(path, {"items": [{"id": first, "quantity": "4"}, {**ITEM, "unit_price": "50"}], "notes": "Renegotiated"}, made).expect(200).json
    assert charged(made, "description", "quantity", "unit_price") == [("Hosting", "4", "12"), ("Care", "1", "50")]
    assert made["items"][0]["id"] == first
    assert pointers(problem(api.patch(path, {"items": [{"id": first, "model": "graduated"}]}, made), 422)) == {"/items/0/tiers": "invalid"}


def test_a_coupon_is_taken_as_often_as_it_can_be(api, account):
    """X12: percent or amount, for so many invoices, so often, until a day."""
    def coupon(**more):
        return api.post("/v1/coupons", {"code": "C-" + secrets.token_hex(5), "name": "Spring", **more}).expect(201).json

    twice, dollars = coupon(percent="25", periods=3, redemptions_max=1), coupon(amount=500, currency="USD")
    over = coupon(percent="5", valid_to="2020-01-01")
    made = subscribe(api, account, items=[ITEM], coupons=[twice["code"].lower()], pending=True).expect(201).json
    assert [(d["coupon_id"], d["percent"], d["amount"], d["periods_left"]) for d in made["discounts"]] == [(twice["id"], "25", None, 3)]
    assert api.get(f"/v1/coupons/{twice['id']}").json["redemptions"] == 1
    told = problem(subscribe(api, account, items=[ITEM], coupons=[twice["code"], dollars["code"], over["code"]]), 422)
    assert pointers(told) == {"/coupons/0": "redeemed", "/coupons/1": "currency_mismatch", "/coupons/2": "expired"}
    assert api.get(f"/v1/coupons/{dollars['id']}").json["redemptions"] == 0


def test_who_may(seller, account):
    """Sales sees subscriptions; what they charge is billing's."""
    sales = seller.tenant.as_role("sales")
    sales.get("/v1/subscriptions").expect(200)
    problem(subscribe(sales, account, items=[ITEM]), 403)
    made = subscribe(seller.tenant.as_role("billing"), account, items=[ITEM], pending=True).expect(201).json
    for action in ("activate", "cancel", "pause", "resume", "keep"):
        problem(sales.post(f"/v1/subscriptions/{made['id']}/{action}", {}), 403)


def test_a_batch_and_a_key(api, account):
    rows = [{"op": "create", "data": {"account_id": account["id"], "items": [ITEM], "pending": True}}] * 2
    made = api.post("/v1/subscriptions/batch", {"items": rows}).expect(200).json["data"]
    assert [len(look(api, row["data"])["items"]) for row in made] == [1, 1]
    key = secrets.token_hex(8)
    body = {"account_id": account["id"], "items": [ITEM], "pending": True}
    first, again = (api.post("/v1/subscriptions", body, key=key).expect(201) for _ in range(2))
    assert first.body == again.body


# ---- begun ----

def test_a_won_deals_subscription_begins_on_its_day(seller, api, account):
    deal = api.post("/v1/deals", {"name": "Season", "account_id": account["id"], "lines": [ITEM, {**ITEM, "recurring": "year"}]}).expect(201).json
    api.post(f"/v1/deals/{deal['id']}/win", {}).expect(200)
    ident = wait_for(lambda: api.get(f"/v1/deals/{deal['id']}").json["subscriptions"], 20, "the subscription")[0]
    made = {"id": ident}
    today = look(api, {"id": subscribe(api, account, items=[ITEM], billing_mode="draft").expect(201).json["id"]})["start_date"]
    shown = act(api, made, "activate", {"start_date": days(today, 10), "trial_days": 5, "term": 12, "billing_mode": "draft"})
    assert (shown["state"], shown["start_date"], shown["anchor"], shown["trial_end"]) == ("active", days(today, 10), days(today, 15), days(today, 15))
    assert shown["current_period_start"] is None and shown["in_trial"] is False
    assert problem(api.post(f"/v1/subscriptions/{ident}/activate", {}), 409, "wrong_state")
    # R24: what has begun cannot be taken back by reopening the deal.
    assert problem(api.post(f"/v1/deals/{deal['id']}/reopen", {}), 409, "wrong_state")
    told = problem(api.patch(f"/v1/subscriptions/{ident}", {"items": [ITEM], "discount_percent": "50"}, shown), 409, "wrong_state")
    assert pointers(told) == {"/items": "wrong_state", "/discount_percent": "wrong_state"}
    assert api.patch(f"/v1/subscriptions/{ident}", {"po_number": "PO 7"}, shown).expect(200).json["po_number"] == "PO 7"


def test_t1_from_a_months_end(shop):
    """T1, P1: boundaries are counted from the anchor; of each period one document, also of those that were missed."""
    account = shop.account()
    made = subscribe(shop.api, account, items=[ITEM], start_date=f"{shop.year}-01-31", billing_mode="finalize").expect(201).json
    shop.quiet()
    assert starts(shop, made) == [f"{shop.year}-01-31"]
    assert (look(shop.api, made)["current_period_end"], look(shop.api, made)["next_bill_on"]) == (f"{shop.year}-02-28",) * 2
    shop.to("05-31")
    assert starts(shop, made) == [f"{shop.year}-{d}" for d in ("01-31", "02-28", "03-31", "04-30", "05-31")]
    shown = look(shop.api, made)
    assert (shown["current_period_start"], shown["current_period_end"], len(shown["invoices"])) == (f"{shop.year}-05-31", f"{shop.year}-06-30", 5)


def test_a_first_day_that_is_past_is_billed_period_by_period(shop):
    """X14, backdating; the calendar's first period is a part (K7)."""
    account = shop.account()
    made = subscribe(shop.api, account, items=[{**ITEM, "unit_price": "31"}], start_date=f"{shop.year - 1}-12-17", alignment="calendar",
                     billing_mode="finalize").expect(201).json
    shop.quiet()
    rows = shop.api.all("/v1/invoices", subscription_id=made["id"])
    assert sorted((r["period_start"], r["net_total"]) for r in rows) == [
        (f"{shop.year - 1}-12-17", 1500), (f"{shop.year}-01-01", 3100), (f"{shop.year}-02-01", 3100)]
    shown = look(shop.api, made)
    assert (shown["current_period_start"], shown["current_period_end"]) == (f"{shop.year}-02-01", f"{shop.year}-03-01")


def test_t47_a_trial(shop):
    """14 days from the 20th of February: the first charge is of March 6; who cancels on the 5th pays nothing."""
    account = shop.account()
    tried, left = (subscribe(shop.api, account, items=[ITEM], start_date=f"{shop.year}-02-20", trial_days=14,
                             billing_mode="finalize").expect(201).json for _ in range(2))
    shop.quiet()
    assert (tried["in_trial"], tried["trial_end"], tried["next_bill_on"]) == (True, f"{shop.year}-03-06", f"{shop.year}-03-06")
    assert (tried["current_period_start"], tried["current_period_end"]) == (f"{shop.year}-02-20", f"{shop.year}-03-06")
    shop.to("03-05")
    gone = act(shop.api, left, "cancel", {"at": "now", "reason": "Not for us"})
    assert (gone["state"], gone["cancel_reason"], gone["next_bill_on"]) == ("cancelled", "Not for us", None)
    shop.to("04-10")
    assert (starts(shop, tried), starts(shop, left)) == ([f"{shop.year}-03-06", f"{shop.year}-04-06"], [])


# ---- ended ----

def test_cancelled_for_the_end_of_what_was_paid(shop):
    account = shop.account()
    made, kept = (subscribe(shop.api, account, items=[ITEM], start_date=f"{shop.year}-02-15", billing_mode="finalize").expect(201).json for _ in range(2))
    shop.to("02-28")
    for one in (made, kept):
        shown = act(shop.api, one, "cancel")
        assert (shown["state"], shown["end_date"], shown["next_bill_on"]) == ("active", f"{shop.year}-03-15", None)
    assert act(shop.api, kept, "keep")["next_bill_on"] == f"{shop.year}-03-15"
    shop.to("03-16")
    assert (look(shop.api, made)["state"], look(shop.api, kept)["state"]) == ("ended", "active")
    assert (starts(shop, made), starts(shop, kept)) == ([f"{shop.year}-02-15"], [f"{shop.year}-02-15", f"{shop.year}-03-15"])
    assert problem(shop.api.post(f"/v1/subscriptions/{made['id']}/keep"), 409, "wrong_state")
    assert problem(shop.api.post(f"/v1/subscriptions/{made['id']}/cancel", {}), 409, "wrong_state")
    assert [e for e in events(shop.api, made) if e != "subscription.billed"] == ["subscription.created", "subscription.cancelled", "subscription.ended"]


def test_the_last_day_of_service(api, account):
    """K7: cancelled with the last day d it covers the days before d + 1; a last period may be a part."""
    made = subscribe(api, account, items=[ITEM], billing_mode="draft").expect(201).json
    today = made["start_date"]
    assert act(api, made, "cancel", {"date": days(today, 100)})["end_date"] == days(today, 101)
    assert pointers(problem(api.post(f"/v1/subscriptions/{made['id']}/cancel", {"date": days(today, -1)}), 422)) == {"/date": "out_of_range"}
    assert pointers(problem(api.post(f"/v1/subscriptions/{made['id']}/cancel", {"at": "term_end"}), 422)) == {"/at": "not_used"}


def test_paused_and_resumed_on_days(shop):
    """X14: nothing is billed from the day on until it goes on."""
    account = shop.account()
    made = subscribe(shop.api, account, items=[ITEM], start_date=f"{shop.year}-02-15", billing_mode="finalize").expect(201).json
    shop.quiet()
    shown = act(shop.api, made, "pause", {"on": f"{shop.year}-03-15", "resume_on": f"{shop.year}-05-15"})
    assert (shown["state"], shown["paused_on"], shown["next_bill_on"]) == ("active", f"{shop.year}-03-15", None)
    shop.to("04-20")
    shown = look(shop.api, made)
    assert (shown["state"], starts(shop, made)) == ("paused", [f"{shop.year}-02-15"])
    shop.pay(shop.api.get(f"/v1/invoices/{shown['invoices'][0]}").expect(200).json)
    shop.to("05-16")
    shown = look(shop.api, made)
    assert (shown["state"], shown["paused_on"], shown["next_bill_on"]) == ("active", None, f"{shop.year}-06-15")
    assert starts(shop, made) == [f"{shop.year}-02-15", f"{shop.year}-05-15"]
    act(shop.api, made, "pause")
    assert act(shop.api, made, "resume")["next_bill_on"] == f"{shop.year}-06-15"
    assert problem(shop.api.post(f"/v1/subscriptions/{made['id']}/resume", {}), 409, "wrong_state")


# ---- renewed ----

def test_a_term_renews_at_the_plans_newer_price(shop):
    """R40, R41, R42: told of 30, 7 and 1 days before, once each; who renews takes the version that is meant for them, keeps what they have of it."""
    account = shop.account()
    sold = plan(shop.api, version={"term": 2, "notice_days": 14})
    made = subscribe(shop.api, account, plan_id=sold["id"], quantities=[{"charge": "seat", "quantity": "3"}], start_date=f"{shop.year}-02-27",
                     billing_mode="finalize").expect(201).json
    assert made["term_end"] == f"{shop.year}-04-27"
    new = {"prices": [{"charge": "seat", "currency": "EUR", "unit_price": "60"}, {"charge": "sms", "currency": "EUR", "unit_price": "5"}]}
    reaching = add_version(shop.api, sold, applies_to="renewing", **new)
    add_version(shop.api, sold, **new)  # for those who begin alone
    shop.to("04-26")
    assert [e for e in events(shop.api, made) if e == "subscription.renewal_due"] == ["subscription.renewal_due"] * 3
    assert [n["days_before"] for n in look(shop.api, made)["notices"]] == [30, 7, 1]
    tasks = [t for t in shop.api.all("/v1/tasks", account_id=account["id"]) if t["kind"] == "renewal"]
    assert len(tasks) == 1 and "renews" in tasks[0]["title"]
    shop.to("04-28")
    shown = look(shop.api, made, fields="items,term_end,plan_version_id,item_history,next_bill_on")
    assert (shown["term_end"], shown["plan_version_id"], shown["next_bill_on"]) == (f"{shop.year}-06-27", reaching["id"], f"{shop.year}-05-27")
    assert charged(shown) == [("seat", "3", "60")]
    assert [(i["unit_price"], i["valid_from"], i["valid_to"], i["lineage"]) for i in shown["item_history"]] == [
        ("49", None, f"{shop.year}-04-27", made["items"][0]["id"]), ("60", f"{shop.year}-04-27", None, made["items"][0]["id"])]
    rows = shop.api.all("/v1/invoices", subscription_id=made["id"])
    assert sorted((r["period_start"][5:], r["net_total"]) for r in rows) == [("02-27", 14700), ("03-27", 14700), ("04-27", 18000)]
    assert "subscription.renewed" in events(shop.api, made)


def test_a_term_that_does_not_renew_ends(shop):
    account = shop.account()
    made = subscribe(shop.api, account, items=[ITEM], start_date=f"{shop.year}-02-27", term=1, auto_renew=False, billing_mode="finalize").expect(201).json
    assert (made["term_end"], made["end_date"]) == (f"{shop.year}-03-27",) * 2
    shop.quiet()
    shown = shop.api.patch(f"/v1/subscriptions/{made['id']}", {"auto_renew": True}, look(shop.api, made)).expect(200).json
    assert (shown["end_date"], shown["next_bill_on"]) == (None, f"{shop.year}-03-27")
    shop.api.patch(f"/v1/subscriptions/{made['id']}", {"auto_renew": False}, shown).expect(200)
    shop.to("03-28")
    assert (look(shop.api, made)["state"], starts(shop, made)) == ("ended", [f"{shop.year}-02-27"])
