"""Whom a plan's new version reaches and what that changes a year, before it is made. Row R42."""
import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from test_renewal_told import newer
from test_renewals import billed
from test_subscriptions import add_version, look, plan, subscribe

CHARGES = [{"code": "seat", "description": "Seat", "quantity": "2"}, {"code": "sms", "description": "SMS", "add_on": True}]


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February."""
    return Sandbox(new_tenant("impact"))


def body(price="60", **more):
    return {"recurring": "month", "charges": CHARGES, "prices": [{"charge": "seat", "currency": "EUR", "unit_price": price},
                                                                 {"charge": "sms", "currency": "EUR", "unit_price": "5"}], **more}


def asked(shop, sold, **more):
    shown = shop.api.post(f"/v1/plans/{sold['id']}/preview_version", body(**more)).expect(200).json
    assert (shown["object"], shown["plan_id"]) == ("plan_version_preview", sold["id"])
    return reaches(shown)


def reaches(shown):
    return [(r["reach"], r["currency"], r["subscriptions"], r["told_anew"], r["yearly_before"], r["yearly_after"], r["change"], r["change_percent"])
            for r in shown["reaches"]]


def taken(shop, sold, **more):
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-02-27", billing_mode="finalize", **more).expect(201).json
    shop.quiet()
    return made


def versions(shop, sold):
    return len(shop.api.all("/v1/plan_versions", plan_id=sold["id"]))


def test_whom_it_reaches_and_what_that_changes(shop):
    """By way and currency; who keeps their price, has no renewal, pays in a currency without a price, pays what they pay; nothing is left behind."""
    sold = plan(shop.api)
    endless = taken(shop, sold)
    renewing = [taken(shop, sold, term=2, quantities=[{"charge": "seat", "quantity": q}], add_ons=[{"charge": "sms"}]) for q in ("1", "3")]
    taken(shop, sold, term=2, keeps_price=True)
    taken(shop, sold, term=2, auto_renew=False)
    taken(shop, sold, term=2, currency="USD")
    events = len(shop.api.all("/v1/events"))
    assert asked(shop, sold, applies_to="new") == [("keeping", "EUR", 1, 0, 117600, 117600, 0, "0"),
                                                   ("staying", "EUR", 4, 0, 2 * 117600 + 58800 + 176400 + 12000, 2 * 117600 + 58800 + 176400 + 12000, 0, "0"),
                                                   ("staying", "USD", 1, 0, 132000, 132000, 0, "0")]
    assert asked(shop, sold, applies_to="renewing") == [
        ("renewing", "EUR", 2, 0, 58800 + 176400 + 12000, 72000 + 216000 + 12000, 52800, "21.36"), ("renewing", "USD", 1, 0, 132000, 132000, 0, "0"),
        ("keeping", "EUR", 1, 0, 117600, 117600, 0, "0"), ("staying", "EUR", 2, 0, 235200, 235200, 0, "0")]
    assert [r[:3] + r[6:] for r in asked(shop, sold, applies_to="running")] == [
        ("running", "EUR", 4, 105600, "21.89"), ("running", "USD", 1, 0, "0"), ("keeping", "EUR", 1, 0, "0")]
    shop.quiet()
    assert (versions(shop, sold), len(shop.api.all("/v1/events"))) == (1, events)
    assert asked(shop, plan(shop.api), applies_to="running") == []
    # What is made does what was shown.
    add_version(shop.api, sold, **body(applies_to="running"))
    shop.to("03-28")
    assert (billed(shop, endless)["03-27"], [billed(shop, s)["03-27"] for s in renewing]) == (12000, [6500, 18500])


def test_a_preview_waits_for_nobody_who_writes_the_plan(shop, product):
    """Race: it only reads; whoever makes a version meanwhile is neither waited for nor held up."""
    sold = plan(shop.api)
    taken(shop, sold, term=2)
    writer = product.database()
    try:
        with writer.cursor() as cursor:
            cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL); SELECT catalog.plan_hold(%s)", (shop.tenant.id, sold["id"]))
            assert [r[:3] for r in asked(shop, sold, applies_to="renewing")] == [("renewing", "EUR", 1)]
            moved = {"valid_from": f"{shop.year}-05-01", "percent": "10", "applies_to": "renewing"}
            shown = shop.api.post(f"/v1/plans/{sold['id']}/preview_reprice", moved).expect(200).json
            assert [r[:3] for r in reaches(shown)] == [("renewing", "EUR", 1)]
            cursor.execute("ROLLBACK")
    finally:
        writer.close()


def test_charges_that_end_and_begin_and_another_interval(shop):
    """A year of one is a year of the other; a discount of the item stays its own."""
    sold = plan(shop.api)
    taken(shop, sold, term=12)
    shown = asked(shop, sold, applies_to="running", recurring="week", term=52, charges=[
        {"code": "base", "description": "Base", "quantity": "3"}], prices=[{"charge": "base", "currency": "EUR", "unit_price": "10"}])
    assert shown == [("renewing", "EUR", 1, 0, 117600, 156000, 38400, "32.65")]


def test_who_has_been_told_and_who_cannot_be_any_more(shop):
    sold = plan(shop.api, version={"term": 2, "notice_days": 14})
    taken(shop, sold)
    shop.to("04-01")
    assert [r[:4] for r in asked(shop, sold, applies_to="renewing", term=2)] == [("renewing", "EUR", 1, 1)]
    shop.to("04-14")
    for reach in ("renewing", "running"):
        assert [r[:4] for r in asked(shop, sold, applies_to=reach, term=2)] == [("later", "EUR", 1, 0)]
    newer(shop, sold, "60")
    moved = {"valid_from": f"{shop.year}-05-01", "percent": "10", "applies_to": "renewing"}
    shown = shop.api.post(f"/v1/plans/{sold['id']}/preview_reprice", moved).expect(200).json
    assert reaches(shown) == [("later", "EUR", 1, 0, 117600, 158400, 40800, "34.69")] and versions(shop, sold) == 2


def test_what_is_no_version_is_refused_as_its_making(shop):
    sold, sales = plan(shop.api), shop.tenant.as_role("sales")
    path = f"/v1/plans/{sold['id']}/preview_version"
    wrong = body(prices=[{"charge": "none", "currency": "EUR", "unit_price": "1"}])
    made = pointers(problem(shop.api.post("/v1/plan_versions", {"plan_id": sold["id"], **wrong}), 422))
    assert pointers(problem(shop.api.post(path, wrong), 422)) == made and "/prices/0/charge" in made
    assert pointers(problem(shop.api.post(path, {}), 422)) == {"/recurring": "required", "/charges": "required", "/prices": "required"}
    assert pointers(problem(shop.api.post(path, body(plan_id=sold["id"])), 422)) == {"/plan_id": "unknown"}
    problem(shop.api.post("/v1/plans/0193a000-0000-7000-8000-00000000dead/preview_version", body()), 404)
    problem(sales.post(path, body()), 403)
    problem(sales.post("/v1/plan_versions", {"plan_id": sold["id"], **body()}), 403)
    shop.api.delete(f"/v1/plans/{sold['id']}", shop.api.get(f"/v1/plans/{sold['id']}").json).expect(204)
    problem(shop.api.post(path, body()), 409, "wrong_state")
    assert versions(shop, sold) == 1 and look(shop.api, taken(shop, plan(shop.api)))["state"] == "active"
