"""What is scheduled of a subscription: shown, kept or dropped by who changes it before, taken back; phases, one after the other; trials that move. Rows X14, R36, K6; worked cases T11, T47."""
import concurrent.futures
import secrets

import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from test_subscription_changes import at, balanced, document, lines, plan
from test_subscriptions import act, charged, events, look, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February; 20 % of tax."""
    shop = Sandbox(new_tenant("scheduled"), "02-27")
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return shop


def begun(shop, **more):
    return subscribe(shop.api, shop.account(), start_date=f"{shop.year}-04-01", billing_mode="finalize", **more).expect(201).json


def billed(shop, subscription):
    """Bill date and net of its documents; of changes first."""
    rows = shop.api.all("/v1/invoices", subscription_id=subscription["id"])
    return sorted(((r["period_start"] or "")[5:], r["net_total"]) for r in rows)


def to_come(subscription):
    """Day, what begins, what ends: of what is scheduled."""
    return [(s["date"][5:], charged({"items": s["begins"]}), charged({"items": s["ends"]})) for s in subscription["scheduled"]]


def refused(shop, subscription, action, body, status=422):
    was = look(shop.api, subscription, fields="version,items,scheduled,item_history")
    told = problem(shop.api.post(f"/v1/subscriptions/{subscription['id']}/{action}", body), status)
    assert look(shop.api, subscription, fields="version,items,scheduled,item_history") == was
    return told


# ---- scheduled changes ----

def test_what_is_scheduled_is_shown_and_is_not_lost(shop):
    """Of a change before its day: the later one comes all the same, or goes, as the caller says; who says nothing is told the day."""
    cheap, dear = plan(shop.api, "30"), plan(shop.api, "60")
    kept, dropped, asked = (begun(shop, plan_id=cheap["id"]) for _ in range(3))
    at(shop, "04-16")
    for one in (kept, dropped, asked):
        shown = act(shop.api, one, "change", {"plan_id": dear["id"], "date": f"{shop.year}-06-01"})
        assert to_come(shown) == [("06-01", [("base", "1", "60")], [("base", "1", "30")])]
        assert (shown["scheduled"][0]["plan_id"], shown["plan_id"], shown["next_bill_on"]) == (dear["id"], cheap["id"], f"{shop.year}-05-01")
    more = {"quantities": [{"charge": "base", "quantity": "2"}]}
    for action in ("preview_change", "change"):
        told = refused(shop, asked, action, more)
        assert pointers(told) == {"/scheduled": "required"} and f"{shop.year}-06-01" in told["errors"][0]["detail"]
    shown = act(shop.api, kept, "change", {**more, "scheduled": "keep"})
    assert (charged(shown), to_come(shown)) == ([("base", "2", "30")], [("06-01", [("base", "1", "60")], [("base", "2", "30")])])
    shown = act(shop.api, dropped, "change", {**more, "scheduled": "drop"})
    assert (charged(shown), to_come(shown)) == ([("base", "2", "30")], [])
    at(shop, "06-02")
    assert billed(shop, kept) == [("", 1500), ("04-01", 3000), ("05-01", 6000), ("06-01", 6000)]
    assert billed(shop, dropped) == [("", 1500), ("04-01", 3000), ("05-01", 6000), ("06-01", 6000)]
    assert billed(shop, asked) == [("04-01", 3000), ("05-01", 3000), ("06-01", 6000)]
    assert [(look(shop.api, one)["plan_id"], charged(look(shop.api, one))) for one in (kept, dropped)] == [
        (dear["id"], [("base", "1", "60")]), (cheap["id"], [("base", "2", "30")])]
    assert (events(shop.api, kept).count("subscription.plan_begun"), events(shop.api, dropped).count("subscription.plan_begun")) == (1, 0)
    balanced(shop)


def test_what_is_scheduled_of_other_things_stays(shop):
    items = [{"description": name, "unit_price": price, "recurring": "month"} for name, price in (("Care", "30"), ("More", "10"))]
    made = begun(shop, items=items)
    care, more = (i["lineage"] for i in made["items"])
    at(shop, "04-16")
    act(shop.api, made, "change", {"items": [{"lineage": care, "unit_price": "60"}], "date": f"{shop.year}-06-01"})
    act(shop.api, made, "change", {"remove": [more], "date": f"{shop.year}-07-01"})
    shown = act(shop.api, made, "change", {"items": [{"lineage": more, "unit_price": "20"}]})
    assert [(s["date"][5:], [i["unit_price"] for i in s["begins"]], [i["unit_price"] for i in s["ends"]]) for s in shown["scheduled"]] == [
        ("06-01", ["60"], ["30"]), ("07-01", [], ["20"])]
    at(shop, "07-02")
    assert billed(shop, made) == [("", 500), ("04-01", 4000), ("05-01", 5000), ("06-01", 8000), ("07-01", 6000)]
    assert look(shop.api, made)["scheduled"] == []
    balanced(shop)


def test_what_is_scheduled_is_taken_back(shop):
    """Before its day: one of two, or all; a day that has nothing is named."""
    made, whole = (begun(shop, plan_id=plan(shop.api, "30")["id"]) for _ in range(2))
    at(shop, "04-16")
    for one in (made, whole):
        for day, quantity in (("05-01", "2"), ("06-01", "3")):
            body = {"quantities": [{"charge": "base", "quantity": quantity}], "date": f"{shop.year}-{day}", "scheduled": "keep"}
            act(shop.api, one, "change", body)
    assert pointers(refused(shop, made, "unschedule", {"date": f"{shop.year}-05-02"})) == {"/date": "not_found"}
    shown = act(shop.api, made, "unschedule", {"date": f"{shop.year}-05-01"})
    assert to_come(shown) == [("06-01", [("base", "3", "30")], [("base", "1", "30")])]
    shown = act(shop.api, whole, "unschedule", {})
    assert (to_come(shown), charged(shown)) == ([], [("base", "1", "30")])
    assert problem(shop.api.post(f"/v1/subscriptions/{whole['id']}/unschedule"), 409, "wrong_state")
    at(shop, "06-02")
    assert billed(shop, made) == [("04-01", 3000), ("05-01", 3000), ("06-01", 9000)]
    assert billed(shop, whole) == [("04-01", 3000), ("05-01", 3000), ("06-01", 3000)]
    assert pointers(refused(shop, made, "unschedule", {"date": f"{shop.year}-06-01"})) == {"/date": "not_found"}
    balanced(shop)


def test_what_was_billed_of_it_goes_back(shop):
    """Scheduled within what is paid for, it is billed at once; taken back, all of that comes to nothing."""
    made = begun(shop, plan_id=plan(shop.api, "30")["id"])
    at(shop, "04-02")
    act(shop.api, made, "change", {"plan_id": plan(shop.api, "60")["id"], "date": f"{shop.year}-04-16"})
    assert lines(document(shop, made)) == [-1500, 3000]
    act(shop.api, made, "unschedule", {"date": f"{shop.year}-04-16"})
    assert sorted(lines(document(shop, made))) == [-3000, 1500]
    at(shop, "05-02")
    assert billed(shop, made) == [("", -1500), ("", 1500), ("04-01", 3000), ("05-01", 3000)]
    balanced(shop)


def test_what_goes_on_from_it_is_taken_back_first(shop):
    made = begun(shop, plan_id=plan(shop.api, "30")["id"])
    at(shop, "04-02")
    act(shop.api, made, "change", {"plan_id": plan(shop.api, "60")["id"], "date": f"{shop.year}-05-01"})
    act(shop.api, made, "change", {"quantities": [{"charge": "base", "quantity": "2"}], "date": f"{shop.year}-06-01"})
    assert f"{shop.year}-06-01" in refused(shop, made, "unschedule", {"date": f"{shop.year}-05-01"}, 409)["detail"]
    # Another plan now, which what is scheduled for May ends: kept until then.
    other = plan(shop.api, "90")
    shown = act(shop.api, made, "change", {"plan_id": other["id"], "scheduled": "keep"})
    assert (charged(shown), [s["date"][5:] for s in shown["scheduled"]]) == ([("base", "1", "90")], ["05-01", "06-01"])
    act(shop.api, made, "unschedule", {"date": f"{shop.year}-06-01"})
    assert to_come(act(shop.api, made, "unschedule", {"date": f"{shop.year}-05-01"})) == []
    at(shop, "06-02")
    assert charged(look(shop.api, made)) == [("base", "1", "90")]
    balanced(shop)


def with_add_on(api, price):
    made = api.post("/v1/plans", {"code": "A-" + secrets.token_hex(5), "name": f"At {price}"}).expect(201).json
    charges = [{"code": "base", "description": "Base"}, {"code": "sms", "description": "SMS", "add_on": True}]
    api.post("/v1/plan_versions", {"plan_id": made["id"], "recurring": "month", "charges": charges, "prices": [
        {"charge": c["code"], "currency": "EUR", "unit_price": price} for c in charges]}).expect(201)
    return made


def test_an_add_on_beside_a_plan_that_is_scheduled(shop):
    """Taken before its day it lasts until then, if that is what is wanted; from then on it is one of the new plan."""
    made = begun(shop, plan_id=with_add_on(shop.api, "10")["id"])
    at(shop, "04-02")
    act(shop.api, made, "change", {"plan_id": with_add_on(shop.api, "20")["id"], "date": f"{shop.year}-06-01"})
    asked = {"add_ons": [{"charge": "sms"}], "date": f"{shop.year}-05-01"}
    assert pointers(refused(shop, made, "change", asked)) == {"/scheduled": "required"}
    act(shop.api, made, "change", {**asked, "scheduled": "keep"})
    shown = act(shop.api, made, "change", {"add_ons": [{"charge": "sms", "quantity": "2"}], "date": f"{shop.year}-07-01"})
    assert [(day, begins) for day, begins, _ in to_come(shown)] == [
        ("05-01", [("sms", "1", "10")]), ("06-01", [("base", "1", "20")]), ("07-01", [("sms", "2", "20")])]
    at(shop, "07-02")
    assert billed(shop, made) == [("04-01", 1000), ("05-01", 2000), ("06-01", 2000), ("07-01", 6000)]
    balanced(shop)


def test_of_one_that_stands_still_it_is_taken_back_too(shop):
    made = begun(shop, plan_id=plan(shop.api, "30")["id"])
    at(shop, "04-02")
    act(shop.api, made, "change", {"plan_id": plan(shop.api, "60")["id"], "date": f"{shop.year}-06-01"})
    act(shop.api, made, "pause")
    shown = act(shop.api, made, "preview_unschedule")
    assert (shown["kind"], shown["next_bill_on"], shown["effective_on"]) == (None, None, f"{shop.year}-06-01")
    shown = act(shop.api, made, "unschedule", {"preview_token": shown["preview_token"]})
    assert (shown["state"], to_come(shown), shown["next_bill_on"]) == ("paused", [], None)
    assert shop.tenant.as_role("sales").post(f"/v1/subscriptions/{made['id']}/unschedule").status == 403


def test_a_change_lies_after_those_of_the_same(shop):
    made = begun(shop, plan_id=plan(shop.api, "30")["id"])
    at(shop, "04-16")
    act(shop.api, made, "change", {"quantities": [{"charge": "base", "quantity": "2"}]})
    at(shop, "04-20")
    told = refused(shop, made, "change", {"quantities": [{"charge": "base", "quantity": "3"}], "date": f"{shop.year}-04-10", "scheduled": "drop"})
    assert pointers(told) == {"/date": "conflict"} and f"{shop.year}-04-16" in told["errors"][0]["detail"]


def test_of_two_who_schedule_at_once_none_is_lost(shop):
    """One after the other: what the second decides on is what the first has left."""
    made = begun(shop, plan_id=plan(shop.api, "10")["id"])
    at(shop, "04-16")

    def one(n):
        client = shop.tenant.product.client(Authorization=shop.api.headers["Authorization"])
        body = {"quantities": [{"charge": "base", "quantity": str(n)}], "date": f"{shop.year}-05-01"}
        return client.post(f"/v1/subscriptions/{made['id']}/change", body).status

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(2, 6))) == [200] * 4
    shown = look(shop.api, made)
    assert [(day, [begins[0][0]], ends) for day, begins, ends in to_come(shown)] == [("05-01", ["base"], [("base", "1", "10")])]
    last = int(shown["scheduled"][0]["begins"][0]["quantity"])
    at(shop, "05-02")
    assert billed(shop, made) == [("04-01", 1000), ("05-01", last * 1000)]
    balanced(shop)


# ---- phases ----

def own(price, recurring="month", **more):
    return {"items": [{"description": "Care", "unit_price": price, "recurring": recurring}], **more}


def phases_of(subscription):
    """First day, last day, price: of all that it ever charges."""
    shown = subscription["item_history"]
    return [((i["valid_from"] or subscription["start_date"])[2:], (i["valid_to"] or "")[2:], i["unit_price"]) for i in shown if i["valid_from"] != i["valid_to"]]


def test_three_months_then_nine_then_for_ever(shop):
    """10.00, then 20.00, then 30.00: from a month's end, each boundary from the anchor (K6); one invoice a period, whoever bills daily or once."""
    cheap, middle, dear = (plan(shop.api, price) for price in ("10", "20", "30"))
    phases = [{"plan_id": cheap["id"], "periods": 3}, {"plan_code": middle["code"].lower(), "periods": 9}, {"plan_id": dear["id"]}]
    made = subscribe(shop.api, shop.account(), start_date=f"{shop.year}-01-31", billing_mode="finalize", phases=phases).expect(201).json
    y, z = shop.year % 100, shop.year % 100 + 1
    assert [(s["date"][2:], s["plan_id"]) for s in made["scheduled"]] == [(f"{y}-04-30", middle["id"]), (f"{z}-01-31", dear["id"])]
    assert (made["plan_id"], charged(made), made["end_date"], made["term"]) == (cheap["id"], [("base", "1", "10")], None, None)
    assert len({i["lineage"] for i in look(shop.api, made, fields="item_history")["item_history"]}) == 1
    shop.quiet()
    at(shop, "04-30")
    assert billed(shop, made) == [("01-31", 1000), ("02-28", 1000), ("03-31", 1000), ("04-30", 2000)]
    assert look(shop.api, made)["plan_id"] == middle["id"]
    shop.advance(f"{shop.year + 1}-02-01T12:00:00Z")
    rows = sorted((r["period_start"][2:], r["net_total"]) for r in shop.api.all("/v1/invoices", subscription_id=made["id"]))
    assert [net for _, net in rows] == [1000] * 3 + [2000] * 9 + [3000]
    assert rows[-1][0] == f"{z}-01-31" and len({day for day, _ in rows}) == 13
    assert (look(shop.api, made)["plan_id"], look(shop.api, made)["scheduled"]) == (dear["id"], [])
    assert events(shop.api, made).count("subscription.plan_begun") == 2
    balanced(shop)


def test_a_free_phase_and_one_that_ends(shop):
    """A month for nothing, another interval from then on, which has its own anchor (T11), and an end with the last phase."""
    phases = [own("30", periods=1, discount_percent="100"), own("90", "quarter", periods=2)]
    made = subscribe(shop.api, shop.account(), start_date=f"{shop.year}-03-15", billing_mode="finalize", phases=phases).expect(201).json
    assert (made["end_date"], made["anchor"]) == (f"{shop.year}-10-15", f"{shop.year}-03-15")
    at(shop, "04-16")
    assert (look(shop.api, made)["anchor"], look(shop.api, made)["next_bill_on"]) == (f"{shop.year}-04-15", f"{shop.year}-07-15")
    at(shop, "10-16")
    assert look(shop.api, made)["state"] == "ended"
    assert [row for row in billed(shop, made) if row[1]] == [("04-15", 9000), ("07-15", 9000)]
    balanced(shop)


def test_a_trial_before_the_first_and_a_phase_until_a_day(shop):
    """The first phase begins with the first day that is charged; within a period, each has its days (K7)."""
    phases = [own("30", until=f"{shop.year}-04-16"), own("60")]
    made = subscribe(shop.api, shop.account(), start_date=f"{shop.year}-03-18", trial_days=14, billing_mode="finalize", phases=phases).expect(201).json
    assert (made["anchor"], to_come(made)[0][0]) == (f"{shop.year}-04-01", "04-16")
    at(shop, "05-02")
    assert billed(shop, made) == [("04-01", 1500 + 3000), ("05-01", 6000)]
    balanced(shop)


def test_the_calendars_first_part_is_a_period(shop):
    made = subscribe(shop.api, shop.account(), start_date=f"{shop.year}-04-16", alignment="calendar", billing_mode="finalize",
                     phases=[own("30", periods=2), own("62")]).expect(201).json
    assert to_come(made)[0][0] == "06-01"
    at(shop, "06-02")
    assert billed(shop, made) == [("04-16", 1500), ("05-01", 3000), ("06-01", 6200)]


WRONG = [
    ([], {"/phases": "required"}),
    ([own("1"), own("2")], {"/phases/0/periods": "required"}),
    ([own("1", periods=1, until="2099-01-01")], {"/phases/0/until": "conflict"}),
    ([own("1", periods=2), own("2", until="2020-01-01"), own("3")], {"/phases/1/until": "out_of_range"}),
    ([{"periods": 1}, own("2", quantities=[{"charge": "a"}])], {"/phases/0/plan_id": "required", "/phases/1/quantities": "not_used"}),
    ([own("1", periods=1), {"plan_code": "none"}], {"/phases/1/plan_code": "not_found"}),
    ([own("1", periods=0)], {"/phases/0/periods": "out_of_range"}),
    ([own("1", periods=1), {"items": [{"recurring": "month"}]}], {"/phases/1/items/0/description": "required", "/phases/1/items/0/unit_price": "required"}),
    ([{"items": [{"description": "Care", "recurring": "month", "unit_price": "1", "package": "5"}]}], {"/phases/0/items/0/package": "not_used"}),
    ([{"items": [{"description": "Care", "recurring": "day", "unit_price": "1"}]}], {"/phases/0/items/0/recurring": "choice"}),
    ([{"items": [{"product_id": "0193a000-0000-7000-8000-00000000dead", "recurring": "month", "unit_price": "1"}]}],
     {"/phases/0/items/0/product_id": "not_found", "/phases/0/items/0/description": "required"}),
]


def test_what_is_wrong_with_a_phase_is_told_at_its_place(shop):
    account = shop.account()
    for phases, wrong in WRONG:
        assert pointers(problem(subscribe(shop.api, account, phases=phases), 422)) == wrong
    sold = plan(shop.api, "10")
    told = problem(subscribe(shop.api, account, currency="USD", phases=[own("1", periods=1), {"plan_id": sold["id"], "quantities": [{"charge": "none"}]}]), 422)
    assert pointers(told) == {"/phases/1/plan_id": "no_price", "/phases/1/quantities/0/charge": "not_found"}
    told = problem(subscribe(shop.api, account, phases=[own("1")], plan_id=sold["id"], add_ons=[{"charge": "sms"}]), 422)
    assert pointers(told) == {"/plan_id": "conflict", "/add_ons": "conflict"}
    assert pointers(problem(subscribe(shop.api, account, phases=[own("1")], items=own("1")["items"]), 422)) == {"/items": "conflict"}
    assert shop.api.all("/v1/subscriptions") == []


def test_many_with_phases_at_once(shop):
    """In a batch each is told of at its own place, and none is made; repeated by its key, one is made once."""
    account = shop.account()
    rows = [{"op": "create", "data": {"account_id": account["id"], "phases": phases}} for phases in ([own("1", periods=2), own("2")], [own("1"), own("2")])]
    (pointer, code), = pointers(problem(shop.api.post("/v1/subscriptions/batch", {"items": rows}), 422)).items()
    assert (pointer.startswith("/items/1/") and pointer.endswith("/phases/0/periods"), code) == (True, "required")
    assert shop.api.all("/v1/subscriptions") == []
    made = shop.api.post("/v1/subscriptions/batch", {"items": rows[:1] * 2}).expect(200).json["data"]
    assert [len(look(shop.api, row["data"])["scheduled"]) for row in made] == [1, 1]
    body, key = {"account_id": account["id"], "phases": [own("1", periods=1), own("2")]}, secrets.token_hex(8)
    first, again = (shop.api.post("/v1/subscriptions", body, key=key).expect(201) for _ in range(2))
    assert first.body == again.body and len(shop.api.all("/v1/subscriptions")) == 3


def test_phases_to_come_are_replaced(shop):
    """From the day on which the next one would begin, previewed; what runs stays, and nothing is billed for it."""
    made = begun(shop, phases=[own("10", periods=3), own("20", periods=9), own("30")])
    at(shop, "04-16")
    y = shop.year
    asked = {"effective": "phase_end", "phases": [own("15", periods=2), own("180", "year")]}
    shown = act(shop.api, made, "preview_change", asked)
    assert (shown["effective_on"], shown["kind"], shown["next_bill_on"]) == (f"{y}-07-01", None, f"{y}-05-01")
    shown = act(shop.api, made, "change", {**asked, "preview_token": shown["preview_token"]})
    assert [(s["date"], [i["unit_price"] for i in s["begins"]]) for s in shown["scheduled"]] == [(f"{y}-07-01", ["15"]), (f"{y}-09-01", ["180"])]
    told = refused(shop, made, "change", {"phases": [own("1")], "quantities": [{"charge": "a", "quantity": "1"}], "date": f"{y}-05-01"})
    assert pointers(told) == {"/quantities": "conflict"}
    at(shop, "09-02")
    assert billed(shop, made) == [("04-01", 1000), ("05-01", 1000), ("06-01", 1000), ("07-01", 1500), ("08-01", 1500), ("09-01", 18000)]
    assert look(shop.api, made)["next_bill_on"] == f"{y + 1}-09-01"
    balanced(shop)


def test_phases_from_today_are_billed_as_a_change_is(shop):
    """Within what is paid for: preview and document are one, to the minor unit; the end is that of the last."""
    sold = plan(shop.api, "30")
    made = begun(shop, plan_id=sold["id"])
    at(shop, "04-16")
    asked = {"phases": [{"plan_id": plan(shop.api, "60")["id"], "periods": 1}, {"plan_id": sold["id"], "periods": 2}]}
    shown = act(shop.api, made, "preview_change", asked)
    changed = act(shop.api, made, "change", {**asked, "preview_token": shown["preview_token"]})
    assert (lines(document(shop, made)), [x["net"] for x in shown["lines"]]) == ([-1500, 3000], [-1500, 3000])
    assert (changed["end_date"], to_come(changed)) == (f"{shop.year}-07-01", [("05-01", [("base", "1", "30")], [("base", "1", "60")])])
    assert act(shop.api, made, "cancel", {"date": f"{shop.year}-05-20"})["end_date"] == f"{shop.year}-05-21"
    assert act(shop.api, made, "keep")["end_date"] == f"{shop.year}-07-01"
    at(shop, "07-02")
    assert (look(shop.api, made)["state"], billed(shop, made)) == ("ended", [("", 1500), ("04-01", 3000), ("05-01", 3000), ("06-01", 3000)])
    balanced(shop)


def test_a_change_within_a_phase_holds_until_it_ends(shop):
    made = begun(shop, phases=[own("10", periods=2), own("20")])
    at(shop, "04-02")
    lineage = made["items"][0]["lineage"]
    shown = act(shop.api, made, "change", {"items": [{"lineage": lineage, "quantity": "3"}], "date": f"{shop.year}-05-01"})
    assert [s["date"][5:] for s in shown["scheduled"]] == ["05-01", "06-01"]
    at(shop, "06-02")
    assert billed(shop, made) == [("04-01", 1000), ("05-01", 3000), ("06-01", 2000)]


# ---- trials that move ----

def tried(shop, **more):
    """T47: 14 days from the 28th of February, the first charge on March 14."""
    made = subscribe(shop.api, shop.account(), start_date=f"{shop.year}-02-28", trial_days=14, billing_mode="finalize", **more).expect(201).json
    assert (made["anchor"], made["next_bill_on"]) == (f"{shop.year}-03-14",) * 2
    return made


def test_t47_a_trial_is_lengthened_shortened_or_ended_today(shop):
    """First charge and anchor move, previewed; nothing is charged twice or not at all."""
    longer, shorter, now = (tried(shop, plan_id=plan(shop.api, "31")["id"]) for _ in range(3))
    y = shop.year
    at(shop, "03-05")
    for one, day in ((longer, "03-20"), (shorter, "03-10"), (now, "03-05")):
        asked = {"trial_end": f"{y}-{day}"}
        shown = act(shop.api, one, "preview_change", asked)
        assert (shown["kind"], shown["next_bill_on"]) == (None, f"{y}-{day}")
        assert look(shop.api, one)["anchor"] == f"{y}-03-14"
        changed = act(shop.api, one, "change", {**asked, "preview_token": shown["preview_token"]})
        assert (changed["anchor"], changed["trial_end"], changed["in_trial"]) == (f"{y}-{day}", f"{y}-{day}", day != "03-05")
    at(shop, "04-21")
    assert [billed(shop, one) for one in (longer, shorter, now)] == [
        [("03-20", 3100), ("04-20", 3100)], [("03-10", 3100), ("04-10", 3100)], [("03-05", 3100), ("04-05", 3100)]]
    assert pointers(refused(shop, now, "change", {"trial_end": f"{y}-05-01"})) == {"/trial_end": "not_used"}
    balanced(shop)


def test_phases_term_and_end_follow_a_trial(shop):
    """What was counted from the first day that is charged is counted from the new one (K6); a day that was said stays."""
    y = shop.year
    made = tried(shop, phases=[own("10", periods=1), own("30", "quarter", periods=1), own("20", until=f"{y}-12-24")])
    assert [s["date"][5:] for s in made["scheduled"]] == ["04-14", "07-14"] and made["end_date"] == f"{y}-12-24"
    changed = act(shop.api, made, "change", {"trial_end": f"{y}-03-20"})
    assert ([s["date"][5:] for s in changed["scheduled"]], changed["end_date"]) == (["04-20", "07-20"], f"{y}-12-24")
    assert pointers(refused(shop, made, "change", {"trial_end": f"{y}-12-20"})) == {"/trial_end": "conflict"}
    term = tried(shop, plan_id=plan(shop.api, "31")["id"], term=2, auto_renew=False)
    assert (term["term_end"], term["end_date"]) == (f"{y}-05-14",) * 2
    changed = act(shop.api, term, "change", {"trial_end": f"{y}-03-01"})
    assert (changed["term_end"], changed["end_date"]) == (f"{y}-05-01",) * 2
    at(shop, "08-21")
    assert billed(shop, made) == [("03-20", 1000), ("04-20", 3000), ("07-20", 2000), ("08-20", 2000)]
    assert (billed(shop, term), look(shop.api, term)["state"]) == ([("03-01", 3100), ("04-01", 3100)], "ended")
    balanced(shop)


def test_a_trial_that_cannot_move(shop):
    made, never = tried(shop, plan_id=plan(shop.api, "31")["id"]), begun(shop, plan_id=plan(shop.api, "31")["id"])
    assert pointers(refused(shop, made, "change", {"trial_end": f"{shop.year}-02-26"})) == {"/trial_end": "out_of_range"}
    assert pointers(refused(shop, made, "change", {"trial_end": f"{shop.year + 3}-01-01"})) == {"/trial_end": "out_of_range"}
    assert pointers(refused(shop, made, "change", {"trial_end": f"{shop.year}-03-10", "phases": [own("1")]})) == {"/trial_end": "conflict"}
    assert pointers(refused(shop, never, "change", {"trial_end": f"{shop.year}-04-10"})) == {"/trial_end": "not_used"}
    changed = act(shop.api, made, "change", {"trial_end": f"{shop.year}-03-10", "quantities": [{"charge": "base", "quantity": "2"}]})
    assert (changed["next_bill_on"], charged(changed)) == (f"{shop.year}-03-10", [("base", "2", "31")])
    at(shop, "03-11")
    assert billed(shop, made) == [("03-10", 6200)]


def test_a_term_of_another_interval_begins_with_it(shop):
    """Until its day the term is what it was; from then on it is counted in the new interval, and what ends with it ends then."""
    y, yearly = shop.year, plan(shop.api, "120", "year")
    renews, ends = (begun(shop, plan_id=plan(shop.api, "10")["id"], term=3, auto_renew=renews) for renews in (True, False))
    at(shop, "04-02")
    for one in (renews, ends):
        changed = act(shop.api, one, "change", {"plan_id": yearly["id"], "date": f"{y}-05-16"})
        assert changed["term_end"] == f"{y}-07-01"
    at(shop, "05-17")
    shown = [look(shop.api, one) for one in (renews, ends)]
    assert [(s["plan_id"], s["term_end"], s["end_date"]) for s in shown] == [(yearly["id"], f"{y + 3}-05-16", None), (yearly["id"],) + (f"{y + 3}-05-16",) * 2]
    assert [s["next_bill_on"] for s in shown] == [f"{y + 1}-05-16"] * 2
    assert billed(shop, renews) == [("04-01", 1000), ("05-01", 484), ("05-16", 12000)]
    balanced(shop)
