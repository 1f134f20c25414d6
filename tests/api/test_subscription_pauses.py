"""Subscriptions that stand still and go on, and what that bills, to the minor unit; previews of what is done to one; ends in the past. Rows X3, X14, K5 to K8."""
import concurrent.futures
import datetime

import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from test_subscription_changes import at, balanced, document, lines, plan
from test_subscriptions import act, charged, events, look, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own; 20 % of tax."""
    shop = Sandbox(new_tenant("paused"), "02-27")
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return shop


def sold(shop, price="30", start="04-01", **more):
    item = {"description": "Care", "unit_price": price, "recurring": "month", **more.pop("item", {})}
    return subscribe(shop.api, shop.account(), items=[item], start_date=f"{shop.year}-{start}", billing_mode="finalize", **more).expect(201).json


def documents(shop, subscription):
    """(kind, nets, total) of its documents, in the order in which they were made."""
    rows = [shop.api.get(f"/v1/invoices/{n}").expect(200).json for n in reversed(look(shop.api, subscription)["invoices"])]
    return [(row["kind"], lines(row), row["total"]) for row in rows]


def starts(shop, subscription):
    """The bill dates that have a document of their own."""
    rows = shop.api.all("/v1/invoices", subscription_id=subscription["id"])
    return sorted(row["period_start"] for row in rows if row["period_start"])


def asked(shop, subscription, action, body=None):
    """What the preview says is what the act bills, and what is shown then is what it said; nobody else's token will do."""
    body = body or {}
    was = look(shop.api, subscription)
    shown = act(shop.api, subscription, "preview_" + action, body)
    assert look(shop.api, subscription) == was
    problem(shop.api.post(f"/v1/subscriptions/{subscription['id']}/{action}", {**body, "preview_token": shown["preview_token"][:-1] + "x"}), 409, "preview_stale")
    done = act(shop.api, subscription, action, {**body, "preview_token": shown["preview_token"]})
    new = [n for n in done["invoices"] if n not in was["invoices"]]
    assert done["next_bill_on"] == shown["next_bill_on"]
    if shown["kind"] is None:
        assert (new, shown["lines"], shown["total"]) == ([], [], 0)
        return done, None
    made = shop.api.get(f"/v1/invoices/{new[0]}").expect(200).json
    members = ("description", "period_start", "period_end", "quantity", "unit_price", "base_quantity", "original_line_id", "tax_rate", "net", "tax")
    assert (len(new), made["kind"], made["net_total"], made["tax_total"], made["total"]) == (1, *(shown[k] for k in ("kind", "net_total", "tax_total", "total")))
    assert [[row[k] for k in members] for row in made["lines"]] == [[row[k] for k in members] for row in shown["lines"]]
    assert sum(row["net"] for row in made["lines"]) == made["net_total"] and sum(row["tax"] for row in made["lines"]) == made["tax_total"]
    return done, made


def test_t8_a_pause_gives_back_and_its_end_charges_the_rest(shop):
    """100.00 less 25 % for April: of [11, 21) 25.00 and 5.00 of tax go back, and May is billed as ever."""
    made = sold(shop, "100", item={"discount_percent": "25"})
    at(shop, "04-11")
    paused, given = asked(shop, made, "pause", {"credit": True})
    assert (paused["state"], paused["paused_on"], paused["pause_credit"], paused["next_bill_on"]) == ("paused", f"{shop.year}-04-11", True, None)
    assert (given["kind"], lines(given), given["tax_total"], given["total"], given["amount_due"]) == ("credit", [-5000], -1000, -6000, 0)
    assert (given["lines"][0]["period_start"], given["lines"][0]["period_end"]) == (f"{shop.year}-04-11", f"{shop.year}-05-01")
    at(shop, "04-21")
    going, again = asked(shop, made, "resume")
    assert (going["state"], going["paused_on"], going["pause_credit"], going["next_bill_on"]) == ("active", None, False, f"{shop.year}-05-01")
    assert (again["kind"], lines(again), again["tax_total"], again["total"]) == ("standard", [2500], 500, 3000)
    assert going["pauses"] == [{"starts_on": f"{shop.year}-04-11", "ends_on": f"{shop.year}-04-21", "credit": True}]
    at(shop, "05-01")
    assert [d[1] for d in documents(shop, made)] == [[7500], [-5000], [2500], [7500]]
    # A change that changes nothing makes nothing, also on a day of the past within and before the pause.
    for day in ("04-02", "04-12", "04-21", "04-25"):
        same = {"items": [{"lineage": made["items"][0]["lineage"], "quantity": "1"}], "date": f"{shop.year}-{day}"}
        assert act(shop.api, made, "preview_change", same)["lines"] == []
    balanced(shop)


def test_a_pause_over_bill_dates(shop):
    """Nothing is billed while it stands still; of the month in which it goes on 15 of 30 days, and no period twice."""
    made = sold(shop)
    at(shop, "04-11")
    asked(shop, made, "pause", {"credit": True})
    at(shop, "06-16")
    assert len(look(shop.api, made)["invoices"]) == 2
    going, rest = asked(shop, made, "resume")
    assert (going["next_bill_on"], lines(rest), rest["lines"][0]["period_start"], rest["lines"][0]["period_end"]) == (
        f"{shop.year}-07-01", [1500], f"{shop.year}-06-16", f"{shop.year}-07-01")
    at(shop, "07-01")
    assert [d[1] for d in documents(shop, made)] == [[3000], [-2000], [1500], [3000]]
    assert starts(shop, made) == [f"{shop.year}-04-01", f"{shop.year}-07-01"]
    balanced(shop)


def test_it_goes_on_with_a_bill_date(shop):
    made = sold(shop)
    at(shop, "04-11")
    asked(shop, made, "pause", {"credit": True})
    at(shop, "06-01")
    assert act(shop.api, made, "preview_resume")["lines"] == []
    act(shop.api, made, "resume")
    shop.quiet()
    assert [d[1] for d in documents(shop, made)] == [[3000], [-2000], [3000]]
    assert look(shop.api, made)["next_bill_on"] == f"{shop.year}-07-01"


def test_who_keeps_what_was_paid_for(shop):
    """Without credit the paid days stay paid: who goes on within them pays nothing, who goes on later what is left of that month."""
    made, other = sold(shop), sold(shop)
    at(shop, "04-11")
    for one in (made, other):
        assert asked(shop, one, "pause")[1] is None
    at(shop, "04-21")
    going, nothing = asked(shop, made, "resume")
    assert (going["next_bill_on"], nothing) == (f"{shop.year}-05-01", None)
    at(shop, "06-16")
    assert lines(asked(shop, other, "resume")[1]) == [1500]
    at(shop, "07-01")
    assert [[d[1] for d in documents(shop, one)] for one in (made, other)] == [[[3000]] * 4, [[3000], [1500], [3000]]]
    balanced(shop)


def test_a_pause_and_its_end_at_once_come_to_nothing(shop):
    """As often as somebody likes, also on a bill date: what the customer has paid less what they were given is what the month costs."""
    made = sold(shop, "100", item={"discount_percent": "12.5"})
    for day in ("04-01", "04-11"):
        at(shop, day)
        for _ in range(3):
            gone, back = asked(shop, made, "pause", {"credit": True})[1], asked(shop, made, "resume")
            assert gone["total"] + back[1]["total"] == 0 and back[0]["next_bill_on"] == f"{shop.year}-05-01"
            assert back[0]["pauses"] == []
    at(shop, "05-02")
    assert sum(d[2] for d in documents(shop, made)) == 2 * 10500
    assert starts(shop, made) == [f"{shop.year}-04-01", f"{shop.year}-05-01"]
    balanced(shop)


def test_a_pause_on_days_to_come_makes_its_documents_then(shop):
    """By itself, on both of its days: the days between them go back, and the end bills nothing where they are all that went back."""
    made = sold(shop)
    at(shop, "04-02")
    shown, nothing = asked(shop, made, "pause", {"on": f"{shop.year}-04-11", "resume_on": f"{shop.year}-04-21", "credit": True})
    assert (shown["state"], shown["paused_on"], shown["resume_on"], nothing) == ("active", f"{shop.year}-04-11", f"{shop.year}-04-21", None)
    at(shop, "04-12")
    assert (look(shop.api, made)["state"], documents(shop, made)[1:]) == ("paused", [("credit", [-1000], -1200)])
    at(shop, "04-22")
    shown = look(shop.api, made)
    assert (shown["state"], shown["next_bill_on"], len(shown["invoices"])) == ("active", f"{shop.year}-05-01", 2)
    at(shop, "05-01")
    assert [d[1] for d in documents(shop, made)] == [[3000], [-1000], [3000]]
    assert [e for e in events(shop.api, made) if "use" in e or "resum" in e] == ["subscription.paused", "subscription.resumed"]
    balanced(shop)


def test_a_pause_whose_days_are_moved(shop):
    """Its end is put off and brought forward, before it and in it: what is billed in all is what its days in the end were."""
    made, other = sold(shop), sold(shop)
    at(shop, "04-02")
    for one in (made, other):
        act(shop.api, one, "pause", {"on": f"{shop.year}-04-05", "credit": True})
        assert look(shop.api, one)["next_bill_on"] is None
        shown = act(shop.api, one, "pause", {"on": f"{shop.year}-05-11", "resume_on": f"{shop.year}-05-16", "credit": True})
        assert shown["next_bill_on"] == f"{shop.year}-05-01"
        assert act(shop.api, one, "resume", {"on": f"{shop.year}-05-21"})["resume_on"] == f"{shop.year}-05-21"
    at(shop, "05-11")
    assert [d[1] for d in documents(shop, made)] == [[3000], [3000], [-968]]  # 10 of 31 days
    assert asked(shop, made, "resume", {"on": f"{shop.year}-05-26"})[1] is None  # put off
    act(shop.api, other, "resume", {"on": f"{shop.year}-05-14"})  # brought forward
    at(shop, "05-27")
    assert [[d[1] for d in documents(shop, one)][2:] for one in (made, other)] == [[[-968], [-484]], [[-968], [678]]]
    at(shop, "06-01")
    assert [sum(sum(d[1]) for d in documents(shop, one)) for one in (made, other)] == [9000 - 1452, 9000 - 290]
    balanced(shop)


def test_a_pause_that_is_taken_back(shop):
    made = sold(shop)
    at(shop, "04-02")
    act(shop.api, made, "pause", {"on": f"{shop.year}-04-20", "credit": True})
    shown, nothing = asked(shop, made, "resume")
    assert (shown["state"], shown["paused_on"], shown["pause_credit"], shown["next_bill_on"], nothing) == ("active", None, False, f"{shop.year}-05-01", None)
    at(shop, "05-01")
    assert [d[1] for d in documents(shop, made)] == [[3000], [3000]]


def test_periods_begin_anew(shop):
    """On request its periods are counted from the day on which it goes on: what was paid for beyond that day is not paid for again."""
    made, kept = sold(shop), sold(shop)
    at(shop, "04-11")
    asked(shop, made, "pause", {"credit": True})
    asked(shop, kept, "pause", {"resume_on": f"{shop.year}-04-21", "anew": True})
    at(shop, "04-21")
    going, whole = asked(shop, made, "resume", {"anew": True})
    assert (going["anchor"], going["next_bill_on"], charged(going, "description", "anchor")) == (f"{shop.year}-04-21", f"{shop.year}-05-21", [("Care", f"{shop.year}-04-21")])
    assert sum(lines(whole)) == 3000
    shown = look(shop.api, kept)
    assert (shown["state"], shown["next_bill_on"]) == ("active", f"{shop.year}-05-21")
    assert lines(document(shop, kept)) == [2000]  # 20 of 30 days: ten of them had been paid for
    at(shop, "05-22")
    assert [sum(sum(d[1]) for d in documents(shop, one)) for one in (made, kept)] == [1000 + 3000 + 3000, 3000 + 2000 + 3000]
    balanced(shop)


def test_mixed_intervals_stand_still_together(shop):
    """Of the year its days go back too, to the minor unit: it costs 1.00 a day."""
    year = (datetime.date(shop.year + 1, 4, 1) - datetime.date(shop.year, 4, 1)).days
    made = subscribe(shop.api, shop.account(), items=[{"description": "Care", "unit_price": "30", "recurring": "month"},
                                                      {"description": "Base", "unit_price": str(year), "recurring": "year"}],
                     start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-11")
    assert lines(asked(shop, made, "pause", {"credit": True})[1]) == [-2000, -(year - 10) * 100]
    at(shop, "06-16")
    going, rest = asked(shop, made, "resume")
    assert (sorted(lines(rest)), going["next_bill_on"]) == ([1500, (year - 76) * 100], f"{shop.year}-07-01")
    balanced(shop)


# ---- what is past ----

def test_a_pause_of_the_past_gives_back(shop):
    made, closed = sold(shop), sold(shop)
    at(shop, "05-11")
    closed = look(shop.api, closed)
    assert lines(asked(shop, made, "pause", {"on": f"{shop.year}-04-16"})[1]) == [-1500, -3000]
    # Days that are all past: it goes on at once.
    shown, given = asked(shop, closed, "pause", {"on": f"{shop.year}-04-16", "resume_on": f"{shop.year}-05-11"})
    assert (shown["state"], shown["next_bill_on"], lines(given)) == (closed["state"], f"{shop.year}-06-01", [-1500, -968])
    # And who says so afterwards goes on from a day of the past.
    going, again = asked(shop, made, "resume", {"on": f"{shop.year}-05-11"})
    assert (going["next_bill_on"], lines(again)) == (f"{shop.year}-06-01", [3000 - 968])
    at(shop, "06-01")
    assert [sum(sum(d[1]) for d in documents(shop, one)) for one in (made, closed)] == [9000 - 1500 - 968] * 2
    balanced(shop)


def test_a_cancellation_of_the_past(shop):
    """K7: the last day is one of service; of [21, 1) 10.00, and all of May, go back. On request nothing does."""
    made, other = sold(shop), sold(shop)
    at(shop, "05-11")
    gone, given = asked(shop, made, "cancel", {"date": f"{shop.year}-04-20", "reason": "Closed"})
    assert (gone["state"], gone["end_date"], gone["next_bill_on"], lines(given), given["total"]) == ("cancelled", f"{shop.year}-04-21", None, [-1000, -3000], -4800)
    assert asked(shop, other, "cancel", {"date": f"{shop.year}-04-20", "credit": False})[1] is None
    at(shop, "06-02")
    assert [len(look(shop.api, one)["invoices"]) for one in (made, other)] == [3, 2]
    balanced(shop)


def test_a_cancellation_in_a_pause_and_its_reverse(shop):
    made = sold(shop)
    at(shop, "04-11")
    asked(shop, made, "pause", {"resume_on": f"{shop.year}-04-21", "credit": True})
    gone, given = asked(shop, made, "cancel", {"date": f"{shop.year}-04-25", "credit": True})
    assert (gone["state"], lines(given)) == ("paused", [-500])
    kept, again = asked(shop, made, "keep")
    assert (kept["end_date"], kept["cancelled_at"], lines(again)) == (None, None, [500])
    at(shop, "05-01")
    assert [d[1] for d in documents(shop, made)] == [[3000], [-1000], [-500], [500], [3000]]
    balanced(shop)


def test_cancelled_and_kept_again_and_again(shop):
    """What was given back and charged again is not given back twice: its line is whole again."""
    made = sold(shop)
    at(shop, "04-11")
    for _ in range(3):
        gone, back = (asked(shop, made, *what)[1] for what in (("cancel", {"date": f"{shop.year}-04-12", "credit": True}), ("keep",)))
        assert (gone["total"], back["total"]) == (-2160, 2160)
    balanced(shop)


def test_what_cannot_be(shop):
    made = sold(shop)
    at(shop, "04-11")
    path = f"/v1/subscriptions/{made['id']}"
    for action in ("pause", "preview_pause"):
        for body, wrong in (({"on": f"{shop.year}-03-31"}, "/on"), ({"on": f"{shop.year}-04-05", "credit": False}, "/on"),
                            ({"on": f"{shop.year}-04-12", "resume_on": f"{shop.year}-04-12"}, "/resume_on")):
            assert pointers(problem(shop.api.post(f"{path}/{action}", body), 422)) == {wrong: "out_of_range"}
        assert pointers(problem(shop.api.post(f"{path}/{action}", {"since": f"{shop.year}-04-12"}), 422)) == {"/since": "unknown"}
    for action in ("cancel", "preview_cancel"):
        assert pointers(problem(shop.api.post(f"{path}/{action}", {"date": f"{shop.year}-03-30"}), 422)) == {"/date": "out_of_range"}
    for action in ("resume", "preview_resume", "keep", "preview_keep"):
        problem(shop.api.post(f"{path}/{action}", {}), 409, "wrong_state")
    act(shop.api, made, "pause", {"credit": True})
    for action in ("pause", "preview_pause", "change", "preview_change"):
        problem(shop.api.post(f"{path}/{action}", {"remove": [made["items"][0]["lineage"]]} if "change" in action else {}), 409, "wrong_state")
    assert pointers(problem(shop.api.post(f"{path}/resume", {"on": f"{shop.year}-04-10"}), 422)) == {"/on": "out_of_range"}
    at(shop, "04-21")
    act(shop.api, made, "resume")
    assert pointers(problem(shop.api.post(f"{path}/pause", {"on": f"{shop.year}-04-20"}), 422)) == {"/on": "out_of_range"}
    sales = shop.tenant.as_role("sales")
    for action in ("pause", "resume", "cancel", "keep"):
        problem(sales.post(f"{path}/{action}", {}), 403)


def test_a_draft_is_paid_for_once(shop):
    """While its bill waits for review nothing is given back of it, nor charged beside it; what its day asks for waits too."""
    made, other = (subscribe(shop.api, shop.account(), items=[{"description": "Care", "unit_price": "30", "recurring": "month"}],
                             start_date=f"{shop.year}-04-01", billing_mode="draft").expect(201).json for _ in range(2))
    at(shop, "04-02")
    act(shop.api, other, "pause", {"on": f"{shop.year}-04-11", "credit": True})
    at(shop, "04-11")
    path = f"/v1/subscriptions/{made['id']}"
    for action, body in (("pause", {"credit": True}), ("cancel", {"at": "now", "credit": True}), ("change", {"remove": [made["items"][0]["lineage"]]})):
        problem(shop.api.post(f"{path}/{action}", body), 409, "wrong_state")
    assert asked(shop, made, "pause")[1] is None
    at(shop, "04-21")
    assert asked(shop, made, "resume")[1] is None
    shown = look(shop.api, other)
    assert (shown["state"], shown["next_bill_on"], len(shown["invoices"])) == ("active", None, 1)
    shop.api.post(f"/v1/invoices/{shown['invoices'][0]}/finalize").expect(200)
    at(shop, "04-23")
    shown = look(shop.api, other)
    assert (shown["state"], lines(document(shop, other)), document(shop, other)["status"]) == ("paused", [-2000], "pending_approval")
    problem(shop.api.post(f"/v1/subscriptions/{other['id']}/resume", {}), 409, "wrong_state")
    shop.api.post(f"/v1/invoices/{shown['invoices'][0]}/finalize").expect(200)
    assert lines(asked(shop, other, "resume")[1]) == [800]
    balanced(shop)


def test_what_was_given_back_whole_is_not_charged_again(shop):
    """April's invoice is credited by hand: what is said of April afterwards gives back nothing of it, and charges nothing for it."""
    made = sold(shop)
    shop.api.post(f"/v1/invoices/{(at(shop, '04-05'), look(shop.api, made))[1]['invoices'][0]}/credit", {"reason": "Goodwill", "finalize": True}).expect(201)
    at(shop, "05-11")
    path, change = f"/v1/subscriptions/{made['id']}", {"items": [{"lineage": made["items"][0]["lineage"], "unit_price": "60"}]}
    for action, body in (("change", {**change, "date": f"{shop.year}-04-11"}), ("preview_change", {**change, "date": f"{shop.year}-04-11"})):
        problem(shop.api.post(f"{path}/{action}", body), 409, "wrong_state")
    assert lines(asked(shop, made, "change", {**change, "date": f"{shop.year}-05-01"})[1]) == [-3000, 6000]
    assert lines(asked(shop, made, "cancel", {"date": f"{shop.year}-04-20"})[1]) == [-6000]
    balanced(shop)


def test_a_pause_that_waits_is_replaced_by_a_later_one(shop):
    """What fell between the day of the one that waited for a review and the day of the new one is billed: it did not stand still."""
    made = subscribe(shop.api, shop.account(), items=[{"description": "Care", "unit_price": "30", "recurring": "month"}],
                     start_date=f"{shop.year}-04-01", billing_mode="draft", term=2).expect(201).json
    at(shop, "04-02")
    act(shop.api, made, "pause", {"on": f"{shop.year}-04-11", "credit": True})
    at(shop, "07-02")
    shown = look(shop.api, made)
    assert (shown["state"], len(shown["invoices"])) == ("active", 1)
    problem(shop.api.post(f"/v1/subscriptions/{made['id']}/cancel", {"at": "now"}), 409, "wrong_state")
    act(shop.api, made, "pause")
    at(shop, "07-03")
    assert look(shop.api, made)["state"] == "paused"
    assert starts(shop, made) == [f"{shop.year}-{day}" for day in ("04-01", "05-01", "06-01", "07-01")]


def test_kept_in_a_period_in_which_it_went_on(shop):
    """A pause over bill dates, an end within the period in which it goes on, and that end taken back: the rest of the period is charged."""
    made = sold(shop)
    at(shop, "04-11")
    asked(shop, made, "pause", {"credit": True})
    asked(shop, made, "cancel", {"date": f"{shop.year}-06-20"})
    at(shop, "06-16")
    assert lines(asked(shop, made, "resume")[1]) == [500]
    kept, rest = asked(shop, made, "keep")
    assert (lines(rest), rest["lines"][0]["period_start"], kept["next_bill_on"]) == ([1000], f"{shop.year}-06-21", f"{shop.year}-07-01")
    at(shop, "07-01")
    assert [d[1] for d in documents(shop, made)] == [[3000], [-2000], [500], [1000], [3000]]
    balanced(shop)


# ---- at once ----

def test_of_those_who_pause_and_change_at_once_each_finds_what_the_other_left(shop):
    """Whoever comes first: the days are paid for once at their price, or not at all; the books balance."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-16")
    bodies = [("pause", {"credit": True}), ("change", {"quantities": [{"charge": "base", "quantity": "2"}]})] * 2

    def one(what):
        client = shop.tenant.product.client(Authorization=shop.api.headers["Authorization"])
        return what[0], client.post(f"/v1/subscriptions/{made['id']}/{what[0]}", what[1]).status

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = list(pool.map(one, bodies))
    assert sorted(s for a, s in done if a == "pause") == [200, 409] and {s for a, s in done if a == "change"} <= {200, 409}, done
    units = 2 if ("change", 200) in done else 1
    assert sum(sum(d[1]) for d in documents(shop, made)) == 1500
    act(shop.api, made, "resume")
    assert sum(sum(d[1]) for d in documents(shop, made)) == 1500 + units * 1500
    balanced(shop)


def test_a_run_and_a_pause_at_once(shop):
    """On a bill date, while the run is at it: the period is billed and goes back, or is not billed; it goes on as if nothing had been."""
    made = [sold(shop) for _ in range(8)]
    shop.to("04-30", "23:30:00")

    def one(subscription):
        client = shop.tenant.product.client(Authorization=shop.api.headers["Authorization"])
        return client.post(f"/v1/subscriptions/{subscription['id']}/pause", {"credit": True, "on": f"{shop.year}-05-01"}).status

    operation = shop.api.post("/v1/test_clock/advance", {"to": f"{shop.year}-05-01T08:00:00Z"}).expect(202).json
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, made)) == {200}
    shop.ended(operation)
    shop.quiet()
    at(shop, "05-01")
    for subscription in made:
        shown = look(shop.api, subscription)
        assert (shown["state"], sum(sum(d[1]) for d in documents(shop, subscription))) == ("paused", 3000)
        act(shop.api, subscription, "resume")
    shop.quiet()
    for subscription in made:
        assert sum(sum(d[1]) for d in documents(shop, subscription)) == 6000
        assert look(shop.api, subscription)["next_bill_on"] == f"{shop.year}-06-01"
    balanced(shop)


@pytest.mark.parametrize("handed_over", ("before the pause", "during the pause"))
def test_what_a_person_collects_stays_unpaid_over_a_pause(shop, handed_over):
    """T33: unpaid from the hand-over until it is settled, whether or not it stood still meanwhile."""
    policy = shop.api.post("/v1/dunning_policies", {"name": "Short", "retry_days": [1], "reminder_days": [2], "hand_over_day": 5}).expect(201).json
    account = shop.account(dunning_policy_id=policy["id"], payment_terms=0)
    made = subscribe(shop.api, account, items=[{"description": "Care", "unit_price": "30", "recurring": "month"}],
                     start_date=f"{shop.year}-04-01", billing_mode="finalize").expect(201).json
    at(shop, "04-03" if handed_over == "during the pause" else "04-10")
    assert look(shop.api, made)["state"] == ("active" if handed_over == "during the pause" else "unpaid")
    assert act(shop.api, made, "pause")["state"] == "paused"
    at(shop, "04-15")
    invoice = shop.api.get(f"/v1/invoices/{look(shop.api, made)['invoices'][0]}").expect(200).json
    assert shop.api.get(f"/v1/invoices/{invoice['id']}/dunning").expect(200).json["state"] == "handed_over"
    assert act(shop.api, made, "resume")["state"] == "unpaid"
    shop.pay(invoice)
    assert look(shop.api, made)["state"] == "active"


# ---- the term ----

def ends(shop, subscription):
    shown = look(shop.api, subscription)
    return tuple(shown[k] and shown[k][5:] for k in ("term_end", "end_date"))


def test_a_pause_adds_its_days_to_the_term(shop):
    """Three months that do not renew: ten days later, and the days are paid for as days are; where nothing is said, the term runs on."""
    made, other = (sold(shop, term=3, auto_renew=False) for _ in range(2))
    at(shop, "04-11")
    asked(shop, made, "pause", {"credit": True, "extends_term": True})
    asked(shop, other, "pause", {"credit": True})
    assert [look(shop.api, one)["pause_extends_term"] for one in (made, other)] == [True, False]
    at(shop, "04-21")
    shown = act(shop.api, made, "preview_resume")
    assert (shown["term_end"], shown["end_date"], shown["schedule"][-1]["ends_on"]) == (f"{shop.year}-07-11",) * 3
    for one, end in ((made, "07-11"), (other, "07-01")):
        asked(shop, one, "resume")
        assert ends(shop, one) == (end, end)
    at(shop, "07-12")
    assert [d[1] for d in documents(shop, made)] == [[3000], [-2000], [1000], [3000], [3000], [968]]
    assert [d[1] for d in documents(shop, other)] == [[3000], [-2000], [1000], [3000], [3000]]
    assert [look(shop.api, one)["state"] for one in (made, other)] == ["ended"] * 2
    balanced(shop)


def test_a_term_waits_for_the_pause_that_extends_it(shop):
    """Its day comes and goes while it stands still: neither renewed nor told of, nor ended; then what was left of it is served, and the next one is whole."""
    renews, ends_then, runs = sold(shop, term=1), sold(shop, term=1, auto_renew=False), sold(shop, term=1)
    at(shop, "04-11")
    for one in (renews, ends_then):
        asked(shop, one, "pause", {"credit": True, "extends_term": True})
    asked(shop, runs, "pause", {"credit": True})
    at(shop, "06-06")
    assert [(look(shop.api, one)["state"], *ends(shop, one)) for one in (renews, ends_then, runs)] == [
        ("paused", "05-01", None), ("paused", "05-01", "05-01"), ("paused", "07-01", None)]
    assert [events(shop.api, one).count("subscription.renewed") for one in (renews, runs)] == [0, 2]
    shown, rest = asked(shop, renews, "resume")
    assert (shown["term_end"], lines(rest), shown["next_bill_on"]) == (f"{shop.year}-06-26", [2500], f"{shop.year}-06-26")
    shown, rest = asked(shop, ends_then, "resume")
    assert (shown["end_date"], lines(rest), shown["next_bill_on"]) == (f"{shop.year}-06-26", [2000], None)
    at(shop, "07-02")
    assert (ends(shop, renews), look(shop.api, ends_then)["state"]) == (("08-01", None), "ended")
    assert [d[1] for d in documents(shop, renews)] == [[3000], [-2000], [2500], [3000]]
    assert [d[1] for d in documents(shop, ends_then)] == [[3000], [-2000], [2000]]
    balanced(shop)


def test_a_pause_on_days_to_come_extends_the_term_when_it_ends(shop):
    """Shown before by the preview; as the end that it then has says, or not after all; of the past at once."""
    made, moved, not_so, past = (sold(shop, term=3) for _ in range(4))
    at(shop, "04-02")
    for one in (made, moved, not_so):
        body = {"on": f"{shop.year}-04-11", "resume_on": f"{shop.year}-04-21", "credit": True, "extends_term": True}
        assert act(shop.api, one, "preview_pause", body)["term_end"] == f"{shop.year}-07-11"
        assert asked(shop, one, "pause", body)[0]["term_end"] == f"{shop.year}-07-01"
    assert asked(shop, moved, "resume", {"on": f"{shop.year}-04-26"})[0]["pause_extends_term"]
    assert not asked(shop, not_so, "resume", {"on": f"{shop.year}-04-26", "extends_term": False})[0]["pause_extends_term"]
    at(shop, "04-27")
    assert [ends(shop, one)[0] for one in (made, moved, not_so)] == ["07-11", "07-16", "07-01"]
    assert not look(shop.api, made)["pause_extends_term"]
    shown = asked(shop, past, "pause", {"on": f"{shop.year}-04-05", "resume_on": f"{shop.year}-04-08", "extends_term": True})[0]
    assert (shown["state"], shown["term_end"]) == ("active", f"{shop.year}-07-04")
    balanced(shop)


def test_what_a_pause_does_not_move(shop):
    """The end that somebody asked for, and that of phases; without a term there is nothing to extend."""
    cancelled, phased, free = sold(shop, term=3), subscribe(
        shop.api, shop.account(), start_date=f"{shop.year}-04-01", billing_mode="finalize", term=3, auto_renew=False,
        phases=[{"items": [{"description": "Care", "unit_price": "30", "recurring": "month"}], "periods": 3}]).expect(201).json, sold(shop)
    at(shop, "04-11")
    act(shop.api, cancelled, "cancel", {"date": f"{shop.year}-06-15"})
    for one in (cancelled, phased):
        act(shop.api, one, "pause", {"credit": True, "extends_term": True, "resume_on": f"{shop.year}-04-16"})
    at(shop, "04-17")
    assert (ends(shop, cancelled), ends(shop, phased)) == (("07-06", "06-16"), ("07-06", "07-01"))
    for action in ("pause", "preview_pause"):
        told = problem(shop.api.post(f"/v1/subscriptions/{free['id']}/{action}", {"extends_term": True}), 422)
        assert pointers(told) == {"/extends_term": "not_used"}
    balanced(shop)
