"""Phases with what else there is to a subscription: previews that show every step and hold the caller to it, coupons of a phase, a term, an activation that
comes later, and what was before when they are taken back. Rows X12, X14, K6; worked case T47."""
import random

import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from test_coupons import coupon
from test_subscription_changes import at, balanced, document, lines, plan
from test_subscription_pauses import asked
from test_subscription_schedule import begun, billed, own
from test_subscriptions import act, charged, look, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February; 20 % of tax."""
    shop = Sandbox(new_tenant("phases"), "02-27")
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return shop


def steps(shown):
    """First day, first day after it, prices, and bill date, net, tax and total of its first document."""
    def document_of(step):
        d = step["first_document"]
        assert d is None or sum(x["net"] for x in d["lines"]) == d["net_total"] and d["net_total"] + d["tax_total"] == d["total"]
        return d and (d["bill_on"][5:], d["net_total"], d["tax_total"], d["total"])
    return [(s["starts_on"][5:], s["ends_on"] and s["ends_on"][5:], [i["unit_price"] for i in s["items"]], document_of(s)) for s in shown["schedule"]]


def told(shown):
    """Bill date, net, tax and total of each first document that a preview shows."""
    return [(d["bill_on"], d["net_total"], d["tax_total"], d["total"], [(x["period_start"], x["period_end"], x["net"], x["tax"], x["tax_rate"]) for x in d["lines"]])
            for d in (s["first_document"] for s in shown["schedule"]) if d]


def bills(shop, subscription):
    """The same of its documents."""
    rows = [shop.api.get(f"/v1/invoices/{r['id']}").expect(200).json for r in shop.api.all("/v1/invoices", subscription_id=subscription["id"])]
    return [(r["period_start"], r["net_total"], r["tax_total"], r["total"], [(x["period_start"], x["period_end"], x["net"], x["tax"], x["tax_rate"]) for x in r["lines"]])
            for r in rows if r["period_start"]]


# ---- previews ----

def test_a_creation_is_previewed_step_by_step_and_made_so(shop):
    """Three months at 50 %, a quarter by the plan, then for ever: each first document to the minor unit, and the runs bill just these."""
    half, sold, account = coupon(shop, percent="50"), plan(shop.api, "90", "quarter"), shop.account()
    body = {"account_id": account["id"], "start_date": f"{shop.year}-03-01", "trial_days": 14, "discount_percent": "10",
            "phases": [own("30", periods=3, coupons=[half["code"]]), {"plan_id": sold["id"], "periods": 1}, own("40", until=f"{shop.year}-11-24")]}
    shown = shop.api.post("/v1/subscriptions/preview", body).expect(200).json
    assert (shown["start_date"][5:], shown["anchor"][5:], shown["trial_end"][5:], shown["term_end"], shown["end_date"][5:]) == (
        "03-01", "03-15", "03-15", None, "11-24")
    assert steps(shown) == [("03-15", "06-15", ["30"], ("03-15", 1350, 270, 1620)), ("06-15", "09-15", ["90"], ("06-15", 8100, 1620, 9720)),
                            ("09-15", "11-24", ["40"], ("09-15", 3600, 720, 4320))]
    assert shop.api.all("/v1/subscriptions") == []
    made = shop.api.post("/v1/subscriptions", {**body, "billing_mode": "finalize", "name": "Care", "preview_token": shown["preview_token"]}).expect(201).json
    assert (made["anchor"], made["end_date"]) == (shown["anchor"], shown["end_date"])
    at(shop, "11-25")
    made_of = bills(shop, made)
    assert sorted(told(shown)) == sorted(row for row in made_of if row[0] in {t[0] for t in told(shown)}) and len(made_of) == 3 + 1 + 3
    assert look(shop.api, made)["state"] == "ended"
    balanced(shop)


def test_a_creations_token_is_for_that_alone(shop):
    """Another body, another caller, a price or a rate that has moved since: 409, and nothing is made."""
    sold, account = plan(shop.api, "30"), shop.account()
    body = {"account_id": account["id"], "start_date": f"{shop.year}-04-01", "phases": [{"plan_id": sold["id"], "periods": 2}, own("40")]}

    def preview(**more):
        return shop.api.post("/v1/subscriptions/preview", {**body, **more}).expect(200).json

    def refuse(client, **more):
        problem(client.post("/v1/subscriptions", {**body, "preview_token": token, **more}), 409, "preview_stale")
        assert shop.api.all("/v1/subscriptions") == []

    token = preview()["preview_token"]
    refuse(shop.api, start_date=f"{shop.year}-04-02")
    refuse(shop.api, phases=body["phases"][:1])
    refuse(shop.tenant.as_role("owner"))
    refuse(shop.api, preview_token=token[:-1] + ("0" if token[-1] != "0" else "1"))
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "21", "valid_from": f"{shop.year}-05-01"}).expect(201)
    refuse(shop.api)
    token = preview()["preview_token"]
    shop.api.post("/v1/plan_versions", {"plan_id": sold["id"], "recurring": "month", "charges": [{"code": "base", "description": "Base"}],
                                        "prices": [{"charge": "base", "currency": "EUR", "unit_price": "31"}]}).expect(201)
    refuse(shop.api)
    shown = preview()
    assert steps(shown) == [("04-01", "06-01", ["31"], ("04-01", 3100, 620, 3720)), ("06-01", None, ["40"], ("06-01", 4000, 840, 4840))]
    shop.api.post("/v1/subscriptions", {**body, "preview_token": shown["preview_token"]}).expect(201)


def test_what_is_wrong_with_a_creation_is_told_by_its_preview(shop):
    account = shop.account()
    for body, wrong in [({"phases": [own("1"), own("2")]}, {"/phases/0/periods": "required"}), ({}, {"/plan_id": "required"}),
                        ({"items": own("1")["items"], "coupons": ["none"]}, {"/coupons/0": "not_found"}),
                        ({"phases": [own("1", coupons=["none"])]}, {"/phases/0/coupons/0": "not_found"})]:
        assert pointers(problem(shop.api.post("/v1/subscriptions/preview", {"account_id": account["id"], **body}), 422)) == wrong
    # Of a plan, and of items of its own, of one that waits: without phases it has one step.
    for body in ({"plan_id": plan(shop.api, "10")["id"]}, {"items": own("10")["items"]}, {"items": own("10")["items"], "pending": True}):
        shown = shop.api.post("/v1/subscriptions/preview", {"account_id": account["id"], "start_date": f"{shop.year}-04-01", **body}).expect(200).json
        assert steps(shown) == [("04-01", None, ["10"], ("04-01", 1000, 200, 1200))]
    assert shop.api.all("/v1/subscriptions") == []


def test_a_change_shows_the_schedule_that_is_to_be(shop):
    """What runs until its day, each phase after it; a coupon that is good for so many documents is used up on the way; executed, the runs bill that."""
    made = begun(shop, items=own("30")["items"], coupons=[coupon(shop, percent="10", periods=3)["code"]])
    at(shop, "04-16")
    body = {"date": f"{shop.year}-06-01", "phases": [own("60", periods=2), own("300", "year")]}
    shown = act(shop.api, made, "preview_change", body)
    assert steps(shown) == [("04-16", "06-01", ["30"], ("05-01", 2700, 540, 3240)), ("06-01", "08-01", ["60"], ("06-01", 5400, 1080, 6480)),
                            ("08-01", None, ["300"], ("08-01", 30000, 6000, 36000))]
    assert (shown["kind"], shown["end_date"], shown["term_end"]) == (None, None, None)
    asked(shop, made, "change", body)
    at(shop, "08-02")
    assert set(map(str, told(shown))) <= set(map(str, bills(shop, made))) and len(bills(shop, made)) == 5
    balanced(shop)


def test_a_change_of_a_rate_makes_a_schedule_stale(shop):
    """The document is the same, but what comes after it is not what was shown."""
    made = begun(shop, items=own("30")["items"])
    at(shop, "04-16")
    body = {"date": f"{shop.year}-05-01", "items": [{"lineage": made["items"][0]["lineage"], "unit_price": "60"}]}
    shown = act(shop.api, made, "preview_change", body)
    assert [s[3] for s in steps(shown)] == [None, ("05-01", 6000, 1200, 7200)]
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "21", "valid_from": f"{shop.year}-05-01"}).expect(201)
    problem(shop.api.post(f"/v1/subscriptions/{made['id']}/change", {**body, "preview_token": shown["preview_token"]}), 409, "preview_stale")
    assert look(shop.api, made)["scheduled"] == []
    assert [s[3] for s in steps(act(shop.api, made, "preview_change", body))] == [None, ("05-01", 6000, 1260, 7260)]


def test_every_preview_shows_what_is_left(shop):
    """A cancellation its last days, a pause no bill date within it, what is taken back nothing of it."""
    made = begun(shop, phases=[own("30", periods=2), own("60")])
    at(shop, "04-16")
    now = ("04-16", "06-01", ["30"], ("05-01", 3000, 600, 3600))
    assert steps(act(shop.api, made, "preview_unschedule")) == [("04-16", None, ["30"], ("05-01", 3000, 600, 3600))]
    assert steps(act(shop.api, made, "preview_cancel", {"date": f"{shop.year}-06-15"})) == [now, ("06-01", "06-16", ["60"], ("06-01", 3000, 600, 3600))]
    assert steps(act(shop.api, made, "preview_pause", {"on": f"{shop.year}-04-20", "resume_on": f"{shop.year}-06-10"})) == [
        (*now[:3], None), ("06-01", None, ["60"], ("07-01", 6000, 1200, 7200))]
    assert steps(act(shop.api, made, "preview_pause")) == [(*now[:3], None), ("06-01", None, ["60"], None)]
    act(shop.api, made, "pause", {"on": f"{shop.year}-04-20"})
    assert steps(act(shop.api, made, "preview_resume", {"on": f"{shop.year}-05-20"})) == [(*now[:3], None), ("06-01", None, ["60"], ("06-01", 6000, 1200, 7200))]
    assert steps(act(shop.api, made, "preview_resume")) == [now, ("06-01", None, ["60"], ("06-01", 6000, 1200, 7200))]
    balanced(shop)


def test_whatever_is_agreed_on_is_billed_as_it_was_shown(shop):
    """Intervals, lengths, days, coupons and discounts by chance, and a rate that moves: each first document is the preview's, and no day is billed twice."""
    seed = random.SystemRandom().randrange(10 ** 9)
    print(f"seed {seed}")
    rnd, y = random.Random(seed), shop.year
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "21.5", "valid_from": f"{y}-06-10"}).expect(201)
    coupons = [coupon(shop, percent="12.5"), coupon(shop, percent="33.3", periods=2), coupon(shop, amount=777, currency="EUR", periods=3)]

    def some():
        return [c["code"] for c in coupons if rnd.random() < 0.4]

    def phase(last):
        made = own(f"{rnd.randrange(1, 9999) / 100:.2f}", rnd.choice(["week", "month", "month", "quarter"]), coupons=some())
        made["items"][0]["quantity"] = str(rnd.randrange(1, 9))
        if rnd.random() < 0.3:
            made["discount_percent"] = str(rnd.randrange(0, 101))
        return made if last else {**made, "periods": rnd.randrange(1, 4)}

    agreed = []
    for _ in range(6):
        n = rnd.randrange(1, 4)
        body = {"account_id": shop.account()["id"], "start_date": f"{y}-0{rnd.randrange(3, 5)}-{rnd.randrange(10, 29)}", "trial_days": rnd.choice([0, 0, 9]),
                "alignment": rnd.choice(["anniversary", "calendar"]), "discount_percent": rnd.choice([None, "5"]),
                "phases": [phase(i + 1 == n and rnd.random() < 0.5) for i in range(n)]}
        shown = shop.api.post("/v1/subscriptions/preview", body).expect(200).json
        agreed.append((shown, shop.api.post("/v1/subscriptions", {**body, "billing_mode": "finalize", "preview_token": shown["preview_token"]}).expect(201).json))
    at(shop, "10-15")
    for shown, made in agreed:
        made_of = {b[0]: b for b in bills(shop, made)}
        wanted = [t for t in told(shown) if t[0] <= f"{y}-10-15"]
        assert wanted and [made_of.get(t[0]) for t in wanted] == wanted
        days = sorted((x[0], x[1]) for b in made_of.values() for x in b[4])
        assert all(a[1] <= b[0] for a, b in zip(days, days[1:])) and days[0][0] == shown["anchor"]
    balanced(shop)


# ---- coupons of a phase ----

def discounts(subscription):
    return [(d["valid_from"] and d["valid_from"][5:], d["valid_to"] and d["valid_to"][5:], d["of_phase"], d["periods_left"]) for d in subscription["discounts"]]


def test_a_coupon_of_a_phase_lowers_within_it(shop):
    """The whole's, then the phase's: each document of its bill dates and none before or after; one that is for one document only lowers one."""
    ever, half, once = coupon(shop, percent="10"), coupon(shop, percent="50"), coupon(shop, amount=500, currency="EUR", periods=1)
    made = begun(shop, coupons=[ever["code"]], phases=[own("10", periods=1), own("20", periods=2, coupons=[half["code"].lower(), once["code"]]), own("40", coupons=[once["code"]])])
    assert discounts(made) == [(None, None, False, None), ("05-01", "07-01", True, None), ("05-01", "07-01", True, 1), ("07-01", None, True, 1)]
    assert [shop.api.get(f"/v1/coupons/{c['id']}").json["redemptions"] for c in (half, once)] == [1, 2]
    at(shop, "08-02")
    assert billed(shop, made) == [("04-01", 900), ("05-01", 400), ("06-01", 900), ("07-01", 3100), ("08-01", 3600)]
    assert [d[3] for d in discounts(look(shop.api, made))] == [None, None, 0, 0]
    balanced(shop)


def test_a_coupon_lowers_what_a_phase_bills_at_once(shop):
    """A year that begins with the change is a bill date of its own: previewed and billed less its phase's coupon, which it uses up."""
    made = begun(shop, items=own("30")["items"])
    at(shop, "04-16")
    body = {"phases": [own("360", "year", periods=1, coupons=[coupon(shop, percent="25", periods=1)["code"]]), own("400", "year")]}
    shown, bill = asked(shop, made, "change", body)
    assert (lines(bill), discounts(shown)) == ([-1500, 27000], [("04-16", f"{shop.year + 1}-04-16"[5:], True, 0)])
    balanced(shop)


def test_coupons_go_with_their_phases(shop):
    """Replaced, taken back, moved with a trial: what lowers a phase is where the phase is."""
    half = coupon(shop, percent="50")
    kept, gone, whole = (begun(shop, phases=[own("10", periods=1), own("20", periods=2, coupons=[half["code"]]), own("40")]) for _ in range(3))
    at(shop, "04-16")
    y = shop.year
    asked(shop, gone, "change", {"date": f"{y}-06-01", "phases": [own("60")]})
    asked(shop, whole, "unschedule")
    asked(shop, kept, "unschedule", {"date": f"{y}-07-01"})
    assert [discounts(look(shop.api, one)) for one in (kept, gone, whole)] == [[("05-01", None, True, None)], [("05-01", "06-01", True, None)], [("05-01", "05-01", True, None)]]
    # Two of three have lowered nothing by then, and one of those never will.
    assert shop.api.get(f"/v1/coupons/{half['id']}").json["redemptions"] == 2
    tried = subscribe(shop.api, shop.account(), start_date=f"{y}-04-16", trial_days=10, billing_mode="finalize",
                      phases=[own("10", periods=1, coupons=[half["code"]]), own("20", periods=1, coupons=[half["code"]]), own("40")]).expect(201).json
    assert discounts(tried) == [(None, "05-26", True, None), ("05-26", "06-26", True, None)]
    assert discounts(asked(shop, tried, "change", {"trial_end": f"{y}-04-20"})[0]) == [(None, "05-20", True, None), ("05-20", "06-20", True, None)]
    at(shop, "07-21")
    assert billed(shop, kept) == [("04-01", 1000), ("05-01", 1000), ("06-01", 1000), ("07-01", 1000)]
    assert billed(shop, gone) == [("04-01", 1000), ("05-01", 1000), ("06-01", 6000), ("07-01", 6000)]
    assert billed(shop, whole) == [("04-01", 1000), ("05-01", 1000), ("06-01", 1000), ("07-01", 1000)]
    assert billed(shop, tried) == [("04-20", 500), ("05-20", 1000), ("06-20", 4000), ("07-20", 4000)]
    balanced(shop)


def test_coupons_of_a_phase_that_cannot_be_taken(shop):
    ever, dollars, account = coupon(shop, percent="10"), coupon(shop, amount=100, currency="USD"), shop.account()
    told = problem(subscribe(shop.api, account, coupons=[ever["code"]], phases=[own("1", periods=1, coupons=["none", dollars["code"]]), own("2")]), 422)
    assert pointers(told) == {"/phases/0/coupons/0": "not_found", "/phases/0/coupons/1": "currency_mismatch"}
    told = problem(subscribe(shop.api, account, phases=[own("1", periods=1), own("2", coupons=[ever["code"], ever["code"].lower()])]), 422)
    assert pointers(told) == {"/phases/1/coupons/1": "duplicate"}
    told = problem(subscribe(shop.api, account, coupons=[ever["code"]], phases=[own("2", coupons=[ever["code"]])]), 422)
    assert pointers(told) == {"/coupons/0": "duplicate"}
    each = coupon(shop, percent="10", redemptions_max_per_account=1)
    told = problem(subscribe(shop.api, account, phases=[own("1", periods=1, coupons=[each["code"]]), own("2", coupons=[each["code"]])]), 422)
    assert pointers(told) == {"/phases/1/coupons/0": "account_redeemed"}
    assert shop.api.get(f"/v1/coupons/{each['id']}").json["redemptions"] == 0
    made = begun(shop, items=own("1")["items"], coupons=[ever["code"]])
    at(shop, "04-02")
    told = problem(shop.api.post(f"/v1/subscriptions/{made['id']}/change", {"phases": [own("2", coupons=[ever["code"]])]}), 422)
    assert pointers(told) == {"/phases": "duplicate"} and discounts(look(shop.api, made)) == [(None, None, False, None)]


# ---- taken back ----

def test_an_end_that_phases_had_set_goes_with_them(shop):
    """Without a term there was none before; with one that does not renew it was that; one that was asked for stays."""
    y = shop.year
    free, term, cancelled = begun(shop, items=own("30")["items"]), begun(shop, items=own("30")["items"], term=9, auto_renew=False), begun(shop, items=own("30")["items"])
    at(shop, "04-16")
    act(shop.api, cancelled, "cancel", {"date": f"{y}-09-30"})
    for one, end in ((free, "07-01"), (term, "07-01"), (cancelled, "10-01")):
        shown = act(shop.api, one, "change", {"date": f"{y}-05-01", "phases": [own("60", periods=1), own("70", periods=1)]})
        assert shown["end_date"] == f"{y}-{end}"
    for one, end in ((free, None), (term, f"{y + 1}-01-01"), (cancelled, f"{y}-10-01")):
        assert act(shop.api, one, "preview_unschedule")["end_date"] == end
        shown = asked(shop, one, "unschedule")[0]
        assert (shown["end_date"], shown["scheduled"], shown["next_bill_on"]) == (end, [], f"{y}-05-01")
    at(shop, "08-02")
    assert [len(billed(shop, one)) for one in (free, term, cancelled)] == [5, 5, 5]
    balanced(shop)


def test_an_end_goes_with_the_last_phase_alone(shop):
    """Day by day, the last one first; and by a change that drops what is scheduled."""
    y = shop.year
    made, dropped = (begun(shop, phases=[own("30", periods=2), own("60", periods=1)]) for _ in range(2))
    assert made["end_date"] == f"{y}-07-01"
    at(shop, "04-16")
    assert asked(shop, made, "unschedule", {"date": f"{y}-06-01"})[0]["end_date"] is None
    shown = asked(shop, dropped, "change", {"items": [{"lineage": dropped["items"][0]["lineage"], "quantity": "2"}], "scheduled": "drop"})[0]
    assert (shown["end_date"], shown["scheduled"]) == (None, [])
    at(shop, "08-02")
    assert billed(shop, made) == [("04-01", 3000), ("05-01", 3000), ("06-01", 3000), ("07-01", 3000), ("08-01", 3000)]
    assert billed(shop, dropped)[-1] == ("08-01", 6000)
    balanced(shop)


def test_what_phases_have_replaced_is_agreed_on_anew(shop):
    """What runs goes on where they are taken back, and the preview says so; the old ones, said again from their day on, are billed as they would have been."""
    y, was = shop.year, [own("10", periods=2), own("20", periods=2), own("30")]
    made, left = (begun(shop, phases=was) for _ in range(2))
    at(shop, "04-16")
    for one in (made, left):
        act(shop.api, one, "change", {"effective": "phase_end", "phases": [own("60", periods=1), own("70")]})
        shown = act(shop.api, one, "preview_unschedule")
        assert steps(shown) == [("04-16", None, ["10"], ("05-01", 1000, 200, 1200))]
        assert asked(shop, one, "unschedule")[0]["scheduled"] == []
    shown = asked(shop, made, "change", {"date": f"{y}-06-01", "phases": was[1:]})[0]
    assert [(s["date"][5:], [i["unit_price"] for i in s["begins"]]) for s in shown["scheduled"]] == [("06-01", ["20"]), ("08-01", ["30"])]
    at(shop, "08-02")
    assert billed(shop, made) == [("04-01", 1000), ("05-01", 1000), ("06-01", 2000), ("07-01", 2000), ("08-01", 3000)]
    assert billed(shop, left) == [(f"0{month}-01", 1000) for month in range(4, 9)]
    balanced(shop)


# ---- with a term ----

def test_phases_with_a_term(shop):
    """Counted in the first phase's interval; one that does not renew ends with it or with the last phase, whichever comes first."""
    y, phases = shop.year, [own("30", periods=2), own("60", periods=4)]
    shorter, longer, renews = (begun(shop, phases=phases, term=term, auto_renew=renews) for term, renews in ((4, False), (12, False), (3, True)))
    assert [(s["term_end"], s["end_date"]) for s in (shorter, longer, renews)] == [
        (f"{y}-08-01", f"{y}-08-01"), (f"{y + 1}-04-01", f"{y}-10-01"), (f"{y}-07-01", f"{y}-10-01")]
    changed = shop.api.patch(f"/v1/subscriptions/{shorter['id']}", {"auto_renew": True}, look(shop.api, shorter)).expect(200).json
    assert changed["end_date"] == f"{y}-10-01"
    changed = shop.api.patch(f"/v1/subscriptions/{shorter['id']}", {"auto_renew": False}, changed).expect(200).json
    assert changed["end_date"] == f"{y}-08-01"
    at(shop, "10-02")
    assert [len(billed(shop, one)) for one in (shorter, longer, renews)] == [4, 6, 6]
    assert [look(shop.api, one)["state"] for one in (shorter, longer, renews)] == ["ended"] * 3
    assert look(shop.api, renews)["term_end"] == f"{y}-10-01"
    balanced(shop)


def test_a_plan_of_another_interval_begins_a_term_anew(shop):
    """Whether by a phase from today or by one to come; what it charges then is whole, and the end is the earlier one."""
    y, yearly = shop.year, plan(shop.api, "120", "year")
    now, later, changed = (begun(shop, plan_id=plan(shop.api, "10")["id"], term=3, auto_renew=False) for _ in range(3))
    at(shop, "04-16")
    shown, bill = asked(shop, now, "change", {"phases": [{"plan_id": yearly["id"], "periods": 2}]})
    assert (shown["term_end"], shown["end_date"], lines(bill)) == (f"{y + 3}-04-16", f"{y + 2}-04-16", [-500, 12000])
    shown, bill = asked(shop, changed, "change", {"plan_id": yearly["id"]})
    assert (shown["term_end"], shown["end_date"], lines(bill)) == (f"{y + 3}-04-16", f"{y + 3}-04-16", [-500, 12000])
    act(shop.api, later, "change", {"date": f"{y}-05-01", "phases": [{"plan_id": yearly["id"], "periods": 1}]})
    at(shop, "05-02")
    assert (look(shop.api, later)["term_end"], look(shop.api, later)["end_date"]) == (f"{y + 3}-05-01", f"{y + 1}-05-01")
    balanced(shop)


# ---- activated later ----

def test_phases_of_one_that_is_activated_later(shop):
    """Prepared, they are counted from the day that was meant; activated, from its first day, by the calendar if that is said then. Coupons and the end follow."""
    y, half = shop.year, coupon(shop, percent="50")
    phases = [own("30", periods=2, coupons=[half["code"]]), own("90", "quarter", periods=1), own("40", periods=1)]
    made = subscribe(shop.api, shop.account(), pending=True, start_date=f"{y}-03-10", billing_mode="finalize", phases=phases).expect(201).json
    assert (made["state"], made["end_date"], [i["unit_price"] for i in made["items"]]) == ("pending", None, ["30"])
    assert [s["date"][5:] for s in made["scheduled"]] == ["05-10", "08-10", "09-10"]
    plain, calendar = act(shop.api, made, "activate", {"start_date": f"{y}-04-01", "trial_days": 14}), subscribe(
        shop.api, shop.account(), pending=True, billing_mode="finalize", phases=phases).expect(201).json
    assert (plain["anchor"][5:], [s["date"][5:] for s in plain["scheduled"]], plain["end_date"][5:]) == ("04-15", ["06-15", "09-15"], "10-15")
    assert discounts(plain) == [(None, "06-15", True, None)] and plain["items"][0]["valid_from"] is None
    calendar = act(shop.api, calendar, "activate", {"start_date": f"{y}-04-16", "alignment": "calendar"})
    assert [s["date"][5:] for s in calendar["scheduled"]] == ["06-01", "07-01"]
    at(shop, "10-16")
    assert billed(shop, plain) == [("04-15", 1500), ("05-15", 1500), ("06-15", 9000), ("09-15", 4000)]
    assert billed(shop, calendar)[:3] == [("04-16", 750), ("05-01", 1500), ("06-01", 2967)]
    assert look(shop.api, plain)["state"] == "ended"
    balanced(shop)


def test_a_day_that_is_gone_by_then_is_in_the_way(shop):
    made = subscribe(shop.api, shop.account(), pending=True, start_date=f"{shop.year}-03-10", phases=[own("30", until=f"{shop.year}-04-01"), own("40")], term=6,
                     auto_renew=False).expect(201).json
    told = problem(shop.api.post(f"/v1/subscriptions/{made['id']}/activate", {"start_date": f"{shop.year}-04-02"}), 422)
    assert pointers(told) == {"/start_date": "conflict"} and look(shop.api, made)["state"] == "pending"
    begun_ = act(shop.api, made, "activate", {"start_date": f"{shop.year}-03-20"})
    assert ([s["date"][5:] for s in begun_["scheduled"]], begun_["end_date"][5:], charged(begun_, "unit_price")) == (["04-01"], "09-20", [("30",)])
