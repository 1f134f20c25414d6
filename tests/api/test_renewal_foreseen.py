"""A preview of what is done to a subscription shows what it renews by as things stand: the next term's step is at the price of the version that applies.
Rows R40, R42."""
import pytest

from harness.problem import problem
from harness.sandbox import Sandbox
from test_renewal_told import newer, sold_for_two_months
from test_renewals import version
from test_subscription_phases import bills, steps, told
from test_subscriptions import act, add_version, look, plan


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
