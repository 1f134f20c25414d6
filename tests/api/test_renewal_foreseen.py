"""A preview of what is done to a subscription, or of one that is to be made or to begin, shows what it renews by as things stand: the next term's step is
at the price of the version that applies. Rows R40, R42."""
import pytest

from harness.content import difference, fingerprint
from harness.problem import problem
from harness.sandbox import Sandbox
from test_renewal_told import newer, sold_for_two_months
from test_renewals import version
from test_subscription_phases import bills, steps, told
from test_subscription_schedule import own
from test_subscriptions import act, add_version, look, plan, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February."""
    return Sandbox(new_tenant("foreseen"))


def nets(shown):
    """First day, first day after it, prices, and bill date and net of its first document."""
    return [(first, last, prices, bill and bill[:2]) for first, last, prices, bill in steps(shown)]


def test_the_next_term_is_shown_at_the_price_of_the_version_that_applies(shop):
    """Three seats from the next bill date on at 49.00, and from the next term on at 60.00: just that is billed."""
    sold, made = sold_for_two_months(shop)
    add_version(shop.api, sold, applies_to="renewing", term=2, notice_days=14, charges=[{"code": "seat", "description": "Seat", "quantity": "2"}, {"code": "sms", "description": "SMS", "add_on": True},
                                                                                       {"code": "care", "description": "Care"}],
                prices=[{"charge": "seat", "currency": "EUR", "unit_price": "60"}, {"charge": "sms", "currency": "EUR", "unit_price": "5"},
                        {"charge": "care", "currency": "EUR", "unit_price": "7"}])
    shop.quiet()
    shop.to("03-10")
    body = {"effective": "period_end", "quantities": [{"charge": "seat", "quantity": "3"}]}
    shown = act(shop.api, made, "preview_change", body)
    assert nets(shown) == [("03-10", "03-27", ["49"], None), ("03-27", "04-27", ["49"], ("03-27", 14700)), ("04-27", None, ["60", "7"], ("04-27", 18700))]
    act(shop.api, made, "change", {**body, "preview_token": shown["preview_token"]})
    shop.to("04-28")
    assert [t in bills(shop, made) for t in told(shown)] == [True, True]


def test_another_version_makes_what_was_shown_stale(shop):
    """The document would be the same, but not what comes after it."""
    sold, made = sold_for_two_months(shop)
    shop.to("03-10")
    body = {"quantities": [{"charge": "seat", "quantity": "3"}]}
    shown = act(shop.api, made, "preview_change", body)
    assert nets(shown) == [("03-10", None, ["49"], ("03-27", 14700))]
    newer(shop, sold, "60")
    problem(shop.api.post(f"/v1/subscriptions/{made['id']}/change", {**body, "preview_token": shown["preview_token"]}), 409, "preview_stale")
    again = act(shop.api, made, "preview_change", body)
    assert (again["lines"], nets(again)) == (shown["lines"], [("03-10", "04-27", ["49"], ("03-27", 14700)), ("04-27", None, ["60"], ("04-27", 18000))])


def test_where_no_version_applies_none_is_shown(shop):
    """Who keeps the price, who ends with the term or before it, who takes another plan, or has been told otherwise."""
    sold, made = sold_for_two_months(shop)
    newer(shop, sold, "60")
    other = plan(shop.api, version={"charges": [{"code": "seat", "description": "Seat"}], "prices": [{"charge": "seat", "currency": "EUR", "unit_price": "20"}]})
    shop.to("03-10")
    now = ("03-10", None, ["49"], ("03-27", 14700))
    body = {"quantities": [{"charge": "seat", "quantity": "3"}]}

    def patch(**said):
        shop.api.patch(f"/v1/subscriptions/{made['id']}", said, look(shop.api, made)).expect(200)

    assert len(act(shop.api, made, "preview_change", body)["schedule"]) == 2
    assert nets(act(shop.api, made, "preview_change", {"plan_id": other["id"]}))[-1][1:3] == (None, ["20"])
    assert nets(act(shop.api, made, "preview_change", {"plan_id": other["id"], "effective": "period_end"}))[-1][:3] == ("03-27", None, ["20"])
    assert nets(act(shop.api, made, "preview_cancel", {"at": "term_end"})) == [("03-10", "04-27", ["49"], ("03-27", 9800))]
    patch(keeps_price=True)
    assert nets(act(shop.api, made, "preview_change", body)) == [now]
    patch(keeps_price=False, auto_renew=False)
    assert nets(act(shop.api, made, "preview_change", body)) == [("03-10", "04-27", ["49"], ("03-27", 14700))]
    patch(auto_renew=True)
    shop.to("04-14")  # told 60.00, and it is too late for another
    version(shop, sold, "70", applies_to="renewing", term=2, notice_days=14)
    shop.quiet()
    assert nets(act(shop.api, made, "preview_change", body))[-1] == ("04-27", None, ["60"], ("04-27", 18000))


# ---- of one that is made, or begins ----

def dearer_from_april(shop):
    """A plan for two months at a time at 49.00 a seat, and its version of April for who renews: 60.00."""
    sold = plan(shop.api, version={"term": 2, "notice_days": 14})
    return sold, newer(shop, sold, "60", valid_from=f"{shop.year}-04-01")


def creation(shop, status=200, **body):
    return shop.api.post("/v1/subscriptions/preview", {"account_id": shop.account()["id"], **body}).expect(status).json


def renewal(shown):
    """Day, last day for its notice, whether by a newer version; and that."""
    r = shown["renewal"]
    return r and (r["renews_on"][5:], r["notice_by"][5:], r["new_version"], r["plan_version_id"])


def test_a_creation_is_shown_with_its_first_renewal(shop, sql):
    """Three seats at 49.00 for the term, then at 60.00: just that is billed; what changes are shown with says the same of it."""
    sold, newest = dearer_from_april(shop)
    body = {"account_id": shop.account()["id"], "plan_id": sold["id"], "start_date": f"{shop.year}-02-27", "quantities": [{"charge": "seat", "quantity": "3"}]}
    before = fingerprint(sql, shop.tenant.id)
    shown = shop.api.post("/v1/subscriptions/preview", body).expect(200).json
    assert difference(before, fingerprint(sql, shop.tenant.id)) == []
    assert nets(shown) == [("02-27", "04-27", ["49"], ("02-27", 14700)), ("04-27", None, ["60"], ("04-27", 18000))]
    assert renewal(shown) == ("04-27", "04-13", True, newest["id"])
    made = shop.api.post("/v1/subscriptions", {**body, "billing_mode": "finalize", "preview_token": shown["preview_token"]}).expect(201).json
    shop.quiet()
    change = act(shop.api, made, "preview_change", {"quantities": [{"charge": "seat", "quantity": "4"}]})
    assert (change["renewal"], nets(change)[-1]) == (shown["renewal"], ("04-27", None, ["60"], ("04-27", 24000)))
    coming = act(shop.api, made, "preview_renewal")
    assert (coming["term_start"], coming["plan_version_id"], coming["period"]["net_total"]) == (f"{shop.year}-04-27", newest["id"], 18000)
    shop.to("04-28")
    assert [t in bills(shop, made) for t in told(shown)] == [True, True]


def test_an_activation_is_shown_with_its_first_renewal(shop, sql):
    """A term of another first day ends on another day; what it was agreed on with is not asked for again."""
    sold, newest = dearer_from_april(shop)
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-03-10", pending=True, billing_mode="finalize").expect(201).json
    assert renewal(act(shop.api, made, "preview_activate", {"start_date": f"{shop.year}-02-27", "term": 1}))[:3] == ("03-27", "03-13", False)
    body = {"start_date": f"{shop.year}-02-28"}
    before = fingerprint(sql, shop.tenant.id)
    shown = act(shop.api, made, "preview_activate", body)
    assert difference(before, fingerprint(sql, shop.tenant.id)) == []
    assert nets(shown) == [("02-28", "04-28", ["49"], ("02-28", 9800)), ("04-28", None, ["60"], ("04-28", 12000))]
    assert renewal(shown) == ("04-28", "04-14", True, newest["id"])
    begun = act(shop.api, made, "activate", {**body, "preview_token": shown["preview_token"]})
    shop.to("04-29")
    assert [t in bills(shop, begun) for t in told(shown)] == [True, True]


@pytest.mark.parametrize("begins", ["made", "activated"])
def test_phases_of_the_plan_go_on_at_the_price_that_renews_them(shop, begins):
    """Two seats for a month, three for four, then something else: at the end of a term of two the three go on at 60.00, to the end of their phase and no longer."""
    sold, newest = dearer_from_april(shop)
    phases = [{"plan_id": sold["id"], "periods": 1}, {"plan_id": sold["id"], "quantities": [{"charge": "seat", "quantity": "3"}], "periods": 4}, own("10")]
    body = {"phases": phases, "term": 2, "start_date": f"{shop.year}-{'02-28' if begins == 'made' else '03-10'}"}
    if begins == "made":
        shown = creation(shop, **body)
    else:
        made = subscribe(shop.api, shop.account(), pending=True, billing_mode="finalize", **body).expect(201).json
        shown = act(shop.api, made, "preview_activate", {"start_date": f"{shop.year}-02-28"})
    assert nets(shown) == [("02-28", "03-28", ["49"], ("02-28", 9800)), ("03-28", "04-28", ["49"], ("03-28", 14700)), ("04-28", "07-28", ["60"], ("04-28", 18000)),
                           ("07-28", None, ["10"], ("07-28", 1000))]
    assert renewal(shown) == ("04-28", "04-14", True, newest["id"])
    if begins == "made":
        made = subscribe(shop.api, shop.account(), billing_mode="finalize", **body).expect(201).json
    else:
        act(shop.api, made, "activate", {"start_date": f"{shop.year}-02-28", "preview_token": shown["preview_token"]})
    shop.to("04-29")
    assert [t in bills(shop, made) for t in told(shown)] == [True, True, True, False]


def test_another_version_makes_a_creation_and_an_activation_stale(shop):
    """Nothing changes but what it will renew by."""
    sold = plan(shop.api, version={"term": 2, "notice_days": 14})
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-02-28", pending=True).expect(201).json
    body = {"account_id": shop.account()["id"], "plan_id": sold["id"], "start_date": f"{shop.year}-02-28"}
    shown = creation(shop, **body), act(shop.api, made, "preview_activate")
    assert [nets(s) for s in shown] == [[("02-28", None, ["49"], ("02-28", 9800))]] * 2
    newer(shop, sold, "60", valid_from=f"{shop.year}-04-01")
    problem(shop.api.post("/v1/subscriptions", {**body, "preview_token": shown[0]["preview_token"]}), 409, "preview_stale")
    problem(shop.api.post(f"/v1/subscriptions/{made['id']}/activate", {"preview_token": shown[1]["preview_token"]}), 409, "preview_stale")
    assert [nets(s)[1:] for s in (creation(shop, **body), act(shop.api, made, "preview_activate"))] == [[("04-28", None, ["60"], ("04-28", 12000))]] * 2


def test_who_makes_one_with_another_notice_or_fixed_prices_has_asked_for_that(shop):
    """They decide on what it renews by: the token is for them too."""
    sold, newest = dearer_from_april(shop)
    body = {"account_id": shop.account()["id"], "plan_id": sold["id"], "start_date": f"{shop.year}-02-28"}
    token = creation(shop, **body)["preview_token"]
    for more in ({"keeps_price": True}, {"notice_days": 30}):
        problem(shop.api.post("/v1/subscriptions", {**body, **more, "preview_token": token}), 409, "preview_stale")
        shown = creation(shop, **body, **more)
        made = shop.api.post("/v1/subscriptions", {**body, **more, "preview_token": shown["preview_token"]}).expect(201).json
        assert renewal(shown) == (("04-28", "04-14", False, sold["version"]["id"]) if "keeps_price" in more else ("04-28", "03-29", True, newest["id"]))
        assert act(shop.api, made, "preview_renewal")["plan_version_id"] == renewal(shown)[-1]


def test_where_none_applies_a_creation_shows_none(shop):
    """Who does not renew, ends before that, has no term, or another plan by then; versions for new ones, of a later day, or archived."""
    sold, _ = dearer_from_april(shop)
    start = {"start_date": f"{shop.year}-02-28"}
    other = plan(shop.api, version={"charges": [{"code": "seat", "description": "Seat"}], "prices": [{"charge": "seat", "currency": "EUR", "unit_price": "20"}]})

    def pending(**body):
        return subscribe(shop.api, shop.account(), pending=True, **start, **body).expect(201).json

    for body, wanted, prices in [
            ({"plan_id": sold["id"], "auto_renew": False}, None, ["49"]),
            ({"plan_id": sold["id"], "term": None}, None, ["49"]),
            ({"phases": [{"plan_id": sold["id"], "periods": 2}], "term": 2}, None, ["49"]),
            ({"phases": [{"plan_id": sold["id"], "periods": 1}, {"plan_id": other["id"]}], "term": 2}, ("04-28", "04-14", False, None), ["20"]),
            ({**own("30"), "term": 2}, ("04-28", "04-27", False, None), ["30"]),
            ({"plan_id": sold["id"], "term": 1}, ("03-28", "03-14", False, sold["version"]["id"]), ["49"])]:
        for shown in (creation(shop, **start, **body), act(shop.api, pending(**body), "preview_activate")):
            assert (renewal(shown), [i["unit_price"] for i in shown["schedule"][-1]["items"]]) == (wanted, prices)
    kept = pending(plan_id=sold["id"], keeps_price=True)
    assert renewal(act(shop.api, kept, "preview_activate")) == ("04-28", "04-14", False, sold["version"]["id"])
    of_new_ones = plan(shop.api, version={"term": 2})
    version(shop, of_new_ones, "60", applies_to="new", term=2, valid_from=f"{shop.year}-04-01")
    gone = newer(shop, of_new_ones, "70", valid_from=f"{shop.year}-04-01")
    shop.api.delete(f"/v1/plan_versions/{gone['id']}", gone).expect(204)
    assert nets(creation(shop, plan_id=of_new_ones["id"], **start)) == [("02-28", None, ["49"], ("02-28", 9800))]
