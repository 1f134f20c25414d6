"""Changes of subscriptions: what was billed is given back, what is to be charged is billed, to the minor unit. Worked cases T3 to T5, T8, T10, T11; rows X3, X13."""
import concurrent.futures
import secrets

import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from test_subscriptions import act, charged, look, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own; 20 % of tax."""
    shop = Sandbox(new_tenant("changed"), "02-27")
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return shop


def plan(api, price, recurring="month", code=None):
    made = api.post("/v1/plans", {"code": code or "P-" + secrets.token_hex(5), "name": f"At {price}"}).expect(201).json
    api.post("/v1/plan_versions", {"plan_id": made["id"], "recurring": recurring, "charges": [{"code": "base", "description": "Base"}],
                                   "prices": [{"charge": "base", "currency": "EUR", "unit_price": price}]}).expect(201)
    return made


def at(shop, day):
    shop.advance(f"{shop.year}-{day}T12:00:00Z")


def document(shop, subscription):
    """The last document of a subscription."""
    return shop.api.get(f"/v1/invoices/{look(shop.api, subscription)['invoices'][0]}").expect(200).json


def lines(document):
    return [line["net"] for line in document["lines"]]


def balanced(shop):
    for entity in {row["entity_id"] for row in shop.api.all("/v1/invoices")}:
        book = shop.api.get("/v1/reports/trial_balance", entity_id=entity).expect(200).json
        assert sum(a["debit"] for a in book["accounts"]) == sum(a["credit"] for a in book["accounts"]), book


def test_t3_an_upgrade(shop):
    """30.00 to 60.00 on April 16, 15 of 30 days: -15.00 + 30.00, 18.00 with tax."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-16")
    dearer = plan(shop.api, "60")
    asked = {"plan_id": dearer["id"]}
    shown = act(shop.api, made, "preview_change", asked)
    assert (shown["kind"], [x["net"] for x in shown["lines"]], shown["net_total"], shown["tax_total"], shown["total"]) == ("mixed", [-1500, 3000], 1500, 300, 1800)
    before = look(shop.api, made)
    assert (before["version"], len(before["invoices"])) == (look(shop.api, made)["version"], 1)
    changed = act(shop.api, made, "change", {**asked, "preview_token": shown["preview_token"]})
    assert (changed["plan_id"], charged(changed), changed["next_bill_on"]) == (dearer["id"], [("base", "1", "60")], f"{shop.year}-05-01")
    made_of = document(shop, made)
    assert (made_of["kind"], made_of["status"], lines(made_of), made_of["total"]) == ("mixed", "open", [-1500, 3000], 1800)
    assert [(x["period_start"], x["period_end"]) for x in made_of["lines"]] == [(f"{shop.year}-04-16", f"{shop.year}-05-01")] * 2
    assert made_of["lines"][0]["original_invoice_id"] == before["invoices"][0] and made_of["period_start"] is None
    at(shop, "05-01")
    assert document(shop, made)["net_total"] == 6000
    balanced(shop)


def test_t4_and_t5_awkward_days_and_the_way_back(shop):
    """49.00 to 99.00 on the 18th of 31 days: 27.10; the reverse is credit of 27.10, and of the next 58.80 31.70 are due."""
    made, back = (subscribe(shop.api, shop.account(), plan_id=plan(shop.api, price)["id"], start_date=f"{shop.year}-03-01", billing_mode="finalize").expect(201).json
                  for price in ("49", "99"))
    at(shop, "03-18")
    act(shop.api, made, "change", {"plan_id": plan(shop.api, "99")["id"]})
    up = document(shop, made)
    assert (lines(up), up["net_total"], up["tax_total"], up["total"]) == ([-2213, 4471], 2258, 452, 2710)
    act(shop.api, back, "change", {"plan_id": plan(shop.api, "49")["id"]})
    down = document(shop, back)
    assert (down["kind"], down["total"], down["amount_due"]) == ("mixed", -2710, 0)
    at(shop, "04-01")
    due = document(shop, back)
    assert (due["total"], due["amount_due"]) == (5880, 3170)
    balanced(shop)


def test_t8_a_credit_is_net_of_discounts(shop):
    """100.00 less 25 %: for 10 of 30 days 25.00 and 5.00 of tax."""
    made = subscribe(shop.api, shop.account(), items=[{"description": "Care", "unit_price": "100", "recurring": "month", "discount_percent": "25"}],
                     start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-21")
    act(shop.api, made, "change", {"remove": [made["items"][0]["lineage"]]})
    given = document(shop, made)
    assert (given["kind"], lines(given), given["tax_total"], given["total"]) == ("credit", [-2500], -500, -3000)
    assert look(shop.api, made)["next_bill_on"] is None
    balanced(shop)


def test_t10_the_tax_changes_meanwhile(shop):
    """Half a period of 100.00 at 20 %, 200.00 at 21 % from then on: 61.00."""
    made = subscribe(shop.api, shop.account(), items=[{"description": "Care", "unit_price": "100", "recurring": "month"}], start_date=f"{shop.year}-04-01",
                     billing_mode="finalize").expect(201).json
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "21", "valid_from": f"{shop.year}-04-10"}).expect(201)
    at(shop, "04-16")
    act(shop.api, made, "change", {"items": [{"lineage": made["items"][0]["lineage"], "unit_price": "200"}]})
    both = document(shop, made)
    assert (lines(both), both["net_total"], both["total"]) == ([-5000, 10000], 5000, 6100)
    assert sorted((t["rate"], t["tax"]) for t in both["taxes"]) == [("20", -1000), ("21", 2100)]
    balanced(shop)


def test_t11_another_interval_begins_on_the_day(shop):
    """Monthly 129.00 from November 1, yearly 1,188.00 from the 16th: 1,123.50, and the anchor is the 16th."""
    made = subscribe(shop.api, shop.account(tax_category="exempt", exemption_reason="A charity"), plan_id=plan(shop.api, "129")["id"], start_date=f"{shop.year}-04-01",
                     billing_mode="finalize").expect(201).json
    at(shop, "04-16")
    changed = act(shop.api, made, "change", {"plan_id": plan(shop.api, "1188", "year")["id"]})
    assert (changed["anchor"], changed["next_bill_on"]) == (f"{shop.year}-04-16", f"{shop.year + 1}-04-16")
    assert lines(document(shop, made)) == [-6450, 118800]
    balanced(shop)


def test_t11_a_term_that_ends_is_counted_anew_and_charged_to_its_period_s_end(shop):
    """The year that begins is charged whole, though the months that were agreed on before would have ended within it."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "10")["id"], start_date=f"{shop.year}-04-01", term=3, auto_renew=False,
                     billing_mode="finalize").expect(201).json
    assert made["end_date"] == f"{shop.year}-07-01"
    at(shop, "04-16")
    changed = act(shop.api, made, "change", {"plan_id": plan(shop.api, "120", "year")["id"]})
    assert (changed["end_date"], changed["next_bill_on"]) == (f"{shop.year + 3}-04-16", f"{shop.year + 1}-04-16")
    assert lines(document(shop, made)) == [-500, 12000]
    balanced(shop)


def test_t11_on_a_day_to_come(shop):
    """Until the day it is billed as before, and by the plan that it has; the day is the anchor then, and a bill date of its own."""
    monthly, yearly = plan(shop.api, "30"), plan(shop.api, "1188", "year")
    made = subscribe(shop.api, shop.account(), plan_id=monthly["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-02")
    asked = {"plan_id": yearly["id"], "date": f"{shop.year}-06-16"}
    shown = act(shop.api, made, "preview_change", asked)
    assert (shown["kind"], shown["effective_on"], shown["next_bill_on"]) == (None, f"{shop.year}-06-16", f"{shop.year}-05-01")
    changed = act(shop.api, made, "change", asked)
    assert (changed["plan_id"], changed["anchor"], changed["next_bill_on"]) == (monthly["id"], f"{shop.year}-04-01", f"{shop.year}-05-01")
    at(shop, "06-17")
    changed = look(shop.api, made)
    assert (changed["plan_id"], changed["anchor"], changed["next_bill_on"]) == (yearly["id"], f"{shop.year}-06-16", f"{shop.year + 1}-06-16")
    assert charged(changed) == [("base", "1", "1188")]
    rows = shop.api.all("/v1/invoices", subscription_id=made["id"])
    assert sorted((r["period_start"][5:], r["net_total"]) for r in rows) == [("04-01", 3000), ("05-01", 3000), ("06-01", 1500), ("06-16", 118800)]
    balanced(shop)


def test_more_units_are_charged_alone_and_less_given_back(shop):
    """K8: a quantity that goes up charges the difference; down again the same day it comes to nothing."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "10")["id"], quantities=[{"charge": "base", "quantity": "4"}],
                     start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-16")
    act(shop.api, made, "change", {"quantities": [{"charge": "base", "quantity": "6"}]})
    assert lines(document(shop, made)) == [1000]
    act(shop.api, made, "change", {"quantities": [{"charge": "base", "quantity": "4"}]})
    assert (lines(document(shop, made)), document(shop, made)["kind"]) == ([-1000], "credit")
    shown = act(shop.api, made, "preview_change", {"quantities": [{"charge": "base", "quantity": "4"}]})
    assert (shown["kind"], shown["lines"], shown["total"]) == (None, [], 0)
    balanced(shop)


def test_of_those_who_change_at_once_one_is_billed(shop):
    """Each decides on what the one before has left: the same change four times charges once, and of four cancellations one has an effect."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "10")["id"], quantities=[{"charge": "base", "quantity": "4"}],
                     start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-16")

    def asked(action, body):
        def one(_):
            client = shop.tenant.product.client(Authorization=shop.api.headers["Authorization"])
            return client.post(f"/v1/subscriptions/{made['id']}/{action}", body).status

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(pool.map(one, range(4)))

    assert asked("change", {"quantities": [{"charge": "base", "quantity": "6"}]}) == [200] * 4
    assert (lines(document(shop, made)), len(look(shop.api, made)["invoices"])) == ([1000], 2)
    assert sorted(asked("cancel", {"at": "now"})) == [200, 409, 409, 409]
    balanced(shop)


def test_a_discount_of_the_whole_tells_no_units_apart(shop):
    """Of 6 units less 10 %, 2 of them added, one goes back: of the line that added it, and nothing is charged anew."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "10")["id"], quantities=[{"charge": "base", "quantity": "4"}], discount_percent="10",
                     start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-16")
    for quantity, wanted in (("6", [900]), ("5", [-450])):
        act(shop.api, made, "change", {"quantities": [{"charge": "base", "quantity": quantity}]})
        assert lines(document(shop, made)) == wanted
    balanced(shop)


def test_from_the_next_period_on(shop):
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-16")
    changed = act(shop.api, made, "change", {"plan_id": plan(shop.api, "60")["id"], "effective": "period_end"})
    assert (charged(changed), charged({"items": changed["upcoming_items"]}), len(changed["invoices"])) == ([("base", "1", "30")], [("base", "1", "60")], 1)
    at(shop, "05-02")
    assert (charged(look(shop.api, made)), document(shop, made)["net_total"]) == ([("base", "1", "60")], 6000)


def test_a_preview_that_is_no_longer_true(shop):
    """X3: what has moved since is told, and nothing is written."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-16")
    asked = {"quantities": [{"charge": "base", "quantity": "3"}]}
    token = act(shop.api, made, "preview_change", asked)["preview_token"]
    path = f"/v1/subscriptions/{made['id']}/change"
    at(shop, "04-20")
    was = look(shop.api, made)
    for body in ({**asked, "preview_token": token}, {**asked, "preview_token": token[:-1] + "x"}, {**asked, "preview_token": "0.ab"}):
        problem(shop.api.post(path, body), 409, "preview_stale")
    assert look(shop.api, made) == was
    token = act(shop.api, made, "preview_change", asked)["preview_token"]
    problem(shop.api.post(path, {"quantities": [{"charge": "base", "quantity": "4"}], "preview_token": token}), 409, "preview_stale")
    assert charged(act(shop.api, made, "change", {**asked, "preview_token": token})) == [("base", "3", "30")]


def test_what_cannot_change(shop):
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], billing_mode="draft").expect(201).json
    path, missing = f"/v1/subscriptions/{made['id']}/change", "0193a000-0000-7000-8000-00000000dead"
    for body, wrong in (({}, {"": "required"}), ({"quantities": [{"charge": "none", "quantity": "1"}]}, {"/quantities/0/charge": "not_found"}),
                        ({"items": [{"lineage": missing, "quantity": "1"}]}, {"/items/0/lineage": "not_found"}), ({"remove": [missing]}, {"/remove/0": "not_found"}),
                        ({"plan_id": missing}, {"/plan_id": "not_found"}), ({"add_ons": [{"charge": "base"}]}, {"/add_ons/0/charge": "not_found"}),
                        ({"coupons": ["none"]}, {"/coupons/0": "not_found"}),
                        ({"remove": [made["items"][0]["lineage"]], "date": "2020-01-01"}, {"/date": "out_of_range"})):
        assert pointers(problem(shop.api.post(path, body), 422)) == wrong
    pending = subscribe(shop.api, shop.account(), plan_id=made["plan_id"], pending=True).expect(201).json
    problem(shop.api.post(f"/v1/subscriptions/{pending['id']}/change", {"remove": [pending["items"][0]["lineage"]]}), 409, "wrong_state")
    problem(shop.tenant.as_role("sales").post(path, {"remove": [made["items"][0]["lineage"]]}), 403)


def test_a_cancellation_gives_back_the_days_after_it(shop):
    """K7, K8: the last day is one of service; 10 of 30 days of 30.00 less 10 % are 9.00 and 1.80 of tax. Without being asked to, nothing is given back."""
    item = {"description": "Care", "unit_price": "30", "recurring": "month", "discount_percent": "10"}
    made, other = (subscribe(shop.api, shop.account(), items=[item], start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json for _ in range(2))
    at(shop, "04-20")
    shown = act(shop.api, made, "cancel", {"at": "now", "credit": True, "reason": "Moved"})
    given = document(shop, made)
    assert (shown["state"], shown["end_date"], shown["next_bill_on"]) == ("cancelled", f"{shop.year}-04-21", None)
    assert (given["kind"], lines(given), given["tax_total"], given["total"], given["amount_due"]) == ("credit", [-900], -180, -1080, 0)
    assert (given["lines"][0]["period_start"], given["lines"][0]["period_end"]) == (f"{shop.year}-04-21", f"{shop.year}-05-01")
    assert document(shop, act(shop.api, other, "cancel", {"at": "now"}))["kind"] == "standard"
    at(shop, "05-02")
    assert [len(look(shop.api, one)["invoices"]) for one in (made, other)] == [2, 1]
    balanced(shop)


def test_a_cancellation_that_is_taken_back_is_charged_again(shop):
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "31")["id"], start_date=f"{shop.year}-05-01", billing_mode="finalize").expect(201).json
    at(shop, "05-10")
    act(shop.api, made, "cancel", {"date": f"{shop.year}-05-20", "credit": True})
    given = document(shop, made)
    assert (given["kind"], given["net_total"]) == ("credit", -1100)
    kept = act(shop.api, made, "keep", {})
    again = document(shop, made)
    assert (kept["end_date"], kept["cancelled_at"], kept["next_bill_on"]) == (None, None, f"{shop.year}-06-01")
    assert (again["id"] != given["id"], again["total"]) == (True, -given["total"])
    act(shop.api, made, "cancel", {"date": f"{shop.year}-05-20"})
    assert document(shop, act(shop.api, made, "keep", {}))["id"] == again["id"]
    at(shop, "06-01")
    assert document(shop, made)["net_total"] == 3100
    balanced(shop)


def test_who_ends_without_credit_gets_none_by_a_change_before_the_end(shop):
    """The days after the end were not to go back: a change of another day gives back and charges up to it alone."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-06")
    act(shop.api, made, "cancel", {"date": f"{shop.year}-04-20", "credit": False})
    assert act(shop.api, made, "preview_change", {"quantities": [{"charge": "base", "quantity": "1"}]})["lines"] == []
    act(shop.api, made, "change", {"quantities": [{"charge": "base", "quantity": "2"}], "date": f"{shop.year}-04-11"})
    assert lines(document(shop, made)) == [1000]
    act(shop.api, made, "cancel", {"date": f"{shop.year}-04-20", "credit": True})
    assert lines(document(shop, made)) == [-1000]
    balanced(shop)


def test_an_end_that_is_put_off_is_billed_up_to_the_new_one(shop):
    """A later last day: what was charged to the former one, and bill dates that were not to come any more. By itself an end is not put off."""
    year = {"description": "Base", "unit_price": "365", "recurring": "year"}
    made, term = (subscribe(shop.api, shop.account(), items=[{"description": "Care", "unit_price": "30", "recurring": "month"}, *more], start_date=f"{shop.year}-04-01",
                            billing_mode="finalize", **terms).expect(201).json for more, terms in (([], {}), ([year], {"term": 2, "auto_renew": False})))
    at(shop, "04-06")
    act(shop.api, made, "cancel", {"date": f"{shop.year}-04-20", "credit": True})
    assert lines(document(shop, made)) == [-1000]
    shown = act(shop.api, made, "cancel", {"date": f"{shop.year}-06-10", "credit": False})
    assert (lines(document(shop, made)), shown["end_date"], shown["next_bill_on"]) == ([1000], f"{shop.year}-06-11", f"{shop.year}-05-01")
    assert act(shop.api, term, "cancel", {"at": "period_end"})["end_date"] == f"{shop.year}-06-01"
    at(shop, "06-12")
    assert sum(d["net_total"] for d in shop.api.all("/v1/invoices", subscription_id=made["id"])) == 7000
    balanced(shop)


def test_what_has_ended_since_is_told_by_the_preview_too(shop):
    """A change of the past of what was removed since: both say so, in the same words."""
    items = [{"description": name, "unit_price": "30", "recurring": "month"} for name in ("Care", "More")]
    made = subscribe(shop.api, shop.account(), items=items, start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    lineage = made["items"][0]["lineage"]
    at(shop, "04-16")
    act(shop.api, made, "change", {"remove": [lineage]})
    asked = {"items": [{"lineage": lineage, "quantity": "2"}], "date": f"{shop.year}-04-06"}
    for action in ("preview_change", "change"):
        assert pointers(problem(shop.api.post(f"/v1/subscriptions/{made['id']}/{action}", asked), 422)) == {"/date": "conflict"}


def test_phases_of_items_that_say_no_number_are_charged_from_their_day(shop):
    """One, as it is stored: what begins within what is paid for is charged at once."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-16")
    act(shop.api, made, "change", {"phases": [{"items": [{"description": "More", "unit_price": "60", "recurring": "month"}]}]})
    assert lines(document(shop, made)) == [-1500, 3000]
    balanced(shop)


def test_days_are_the_accounts_where_the_seller_has_another(shop):
    """X14: at eleven hours behind Greenwich what is scheduled for tomorrow can be dropped today, though it is tomorrow where the seller is."""
    made = subscribe(shop.api, shop.account(time_zone="Pacific/Pago_Pago"), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01",
                     billing_mode="finalize").expect(201).json
    shop.advance(f"{shop.year}-04-16T09:00:00Z")  # the 15th there
    act(shop.api, made, "change", {"quantities": [{"charge": "base", "quantity": "2"}], "date": f"{shop.year}-04-16"})
    assert act(shop.api, made, "unschedule")["scheduled"] == []
    assert sum(lines(document(shop, made))) == -1500
    balanced(shop)


@pytest.mark.parametrize("mode", ["finalize", "draft"])
@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("price,inclusive", [("10", True), ("0.33", False)])
def test_a_line_gives_back_its_own_net_and_tax(shop, price, inclusive, which, mode):
    """K3, K8: 3 x 10.00 with 20 % in it charge 8.33, 8.33 and 8.34, and 3 x 0.33 bear 7, 7 and 6 of tax, whichever is given back, and whoever looks at it first."""
    owner = shop.tenant.as_role("owner")
    settings = owner.get("/v1/settings").expect(200)
    owner.patch("/v1/settings", {"settings": {"billing": {"tax_inclusive": inclusive}}}, settings.etag).expect(200)
    items = [{"description": f"Care {n}", "unit_price": price, "recurring": "month"} for n in range(3)]
    made = subscribe(shop.api, shop.account(), items=items, start_date=f"{shop.year}-04-01", billing_mode=mode).expect(201).json
    at(shop, "04-02")
    billed = document(shop, made)
    if mode == "draft":
        shop.api.post(f"/v1/invoices/{billed['id']}/finalize").expect(200)
    act(shop.api, made, "change", {"date": f"{shop.year}-04-01", "remove": [made["items"][which]["lineage"]]})
    given = document(shop, made)
    if mode == "draft":
        given = shop.api.post(f"/v1/invoices/{given['id']}/finalize").expect(200).json
    (line,), of = given["lines"], billed["lines"][which]
    assert (given["kind"], -line["net"], -line["tax"], -given["total"]) == ("credit", of["net"], of["tax"], of["net"] + of["tax"])
    balanced(shop)
