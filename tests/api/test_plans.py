"""The catalogue of what is sold by the interval: plans, their versions that never change, prices for each currency, coupons. Rows R42, S18."""
import concurrent.futures
import secrets

import pytest

from harness.problem import pointers, problem

MONTHLY = {"recurring": "month", "charges": [{"code": "seat", "description": "Seat", "quantity": "1"}],
           "prices": [{"charge": "seat", "currency": "EUR", "unit_price": "49"}, {"charge": "seat", "currency": "JPY", "unit_price": "7000"}]}
TIERS = [{"up_to": "100", "unit_price": "1"}, {"up_to": "500", "unit_price": "0.8"}, {"unit_price": "0.5", "flat": "10"}]


@pytest.fixture(scope="module")
def seller(new_tenant):
    return new_tenant("plans")


@pytest.fixture
def api(seller):
    return seller.program()


def plan(api, **more):
    return api.post("/v1/plans", {"code": "P-" + secrets.token_hex(5), "name": "Care", **more}).expect(201).json


def version(api, plan, **more):
    return api.post("/v1/plan_versions", {"plan_id": plan["id"], **MONTHLY, **more})


def test_a_plan_is_its_versions(api):
    """Numbered by the server; a plan shows the one that is taken today, with its charges and prices."""
    made = plan(api)
    assert made["current_version"] is None
    first = version(api, made).expect(201).json
    assert (first["version_no"], first["every"], first["alignment"], first["applies_to"], first["auto_renew"]) == (1, 1, "anniversary", "new", True)
    assert [(c["code"], c["quantity"], c["model"]) for c in first["charges"]] == [("seat", "1", "per_unit")]
    assert [(p["currency"], p["unit_price"], p["base_quantity"]) for p in first["prices"]] == [("EUR", "49", "1"), ("JPY", "7000", "1")]
    second = version(api, made, valid_from="2026-01-01", trial_days=14, term=12).expect(201).json
    later = version(api, made, valid_from="2999-01-01").expect(201).json
    assert (second["version_no"], later["version_no"]) == (2, 3)
    shown = api.get(f"/v1/plans/{made['id']}").expect(200).json["current_version"]
    assert (shown["id"], shown["version_no"], shown["trial_days"], shown["term"]) == (second["id"], 2, 14, 12)
    assert [(p["charge"], p["currency"], p["unit_price"]) for p in shown["prices"]] == [("seat", "EUR", "49"), ("seat", "JPY", "7000")]
    listed = api.get("/v1/plan_versions", plan_id=made["id"]).expect(200).json["data"]
    assert {v["id"] for v in listed} == {first["id"], second["id"], later["id"]}
    # What is withdrawn is taken by nobody any more.
    api.delete(f"/v1/plan_versions/{second['id']}", second).expect(204)
    assert api.get(f"/v1/plans/{made['id']}").json["current_version"]["id"] == first["id"]


def test_a_version_does_not_change(api):
    made = version(api, plan(api)).expect(201).json
    assert api.patch(f"/v1/plan_versions/{made['id']}", {"every": 2}, made).status == 405


def test_versions_that_are_made_at_once_are_numbered(seller, api):
    made = plan(api)

    def one(_):
        return version(seller.product.client(Authorization=api.headers["Authorization"]), made).expect(201).json["version_no"]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(one, range(6)))
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]


def test_every_model_has_its_prices(api):
    charges = [{"code": m, "description": m, "model": m} for m in ("flat", "per_unit", "graduated", "volume", "package")]
    prices = [{"charge": "flat", "currency": "EUR", "unit_price": "10"}, {"charge": "per_unit", "currency": "EUR", "unit_price": "30", "base_quantity": "60"},
              {"charge": "graduated", "currency": "EUR", "tiers": TIERS}, {"charge": "volume", "currency": "EUR", "tiers": TIERS, "minimum": "25.5"},
              {"charge": "package", "currency": "EUR", "unit_price": "5", "package": "1000"}]
    made = version(api, plan(api), charges=charges, prices=prices).expect(201).json
    shown = {p["charge"]: p for p in api.get(f"/v1/plan_versions/{made['id']}").expect(200).json["prices"]}
    assert shown["graduated"]["tiers"] == TIERS
    assert (shown["volume"]["minimum"], shown["package"]["package"], shown["per_unit"]["base_quantity"]) == ("25.5", "1000", "60")


def tiered(*tiers, **more):
    return {"charges": [{"code": "seat", "description": "Seat", "model": "volume"}],
            "prices": [{"charge": "seat", "currency": "EUR", "tiers": list(tiers), **more}]}


WRONG = [
    ({"charges": []}, {"/charges": "required", "/prices/0/charge": "not_found", "/prices/1/charge": "not_found"}),
    ({"charges": [{"code": "seat", "description": "Seat", "add_on": True}]}, {"/charges": "required"}),
    ({"charges": MONTHLY["charges"] * 2}, {"/charges/1/code": "duplicate"}),
    ({"prices": MONTHLY["prices"][:1] * 2}, {"/prices/1/currency": "duplicate"}),
    ({"prices": []}, {"/charges/0/code": "required"}),
    ({"prices": [{"charge": "seat", "currency": "XXQ", "unit_price": "1"}]}, {"/prices/0/currency": "not_found"}),
    ({"prices": [{"charge": "seat", "currency": "EUR", "unit_price": "-1"}]}, {"/prices/0/unit_price": "out_of_range"}),
    ({"prices": [{"charge": "seat", "currency": "EUR", "unit_price": "1", "tiers": TIERS, "package": "3"}]},
     {"/prices/0/tiers": "not_used", "/prices/0/package": "not_used"}),
    (tiered(), {"/prices/0/tiers": "invalid"}),
    (tiered({"up_to": "10", "unit_price": "1"}), {"/prices/0/tiers": "invalid"}),
    (tiered({"up_to": "10", "unit_price": "1"}, {"up_to": "10", "unit_price": "1"}, {"unit_price": "1"}), {"/prices/0/tiers": "invalid"}),
    (tiered({"unit_price": "1"}, unit_price="3"), {"/prices/0/unit_price": "not_used"}),
    (tiered({"up_to": "0", "unit_price": "1"}, {"flat": "1"}), {"/prices/0/tiers/0/up_to": "out_of_range", "/prices/0/tiers/1/unit_price": "required"}),
    ({"charges": [{"code": "seat", "description": "S", "model": "package"}], "prices": MONTHLY["prices"][:1]}, {"/prices/0/package": "invalid"}),
    ({"recurring": "day"}, {"/recurring": "choice"}),
    ({"version_no": 7}, {"/version_no": "read_only"}),
    ({"charges": [{"code": "seat", "description": "S", "product_id": "0193a000-0000-7000-8000-00000000dead"}]}, {"/charges/0/product_id": "not_found"}),
]


@pytest.mark.parametrize("more,wrong", WRONG, ids=lambda v: None)
def test_a_price_that_cannot_be_charged_is_refused(api, more, wrong):
    made = plan(api)
    assert pointers(problem(version(api, made, **more), 422, "validation_failed")) == wrong
    assert api.get("/v1/plan_versions", plan_id=made["id"]).json["data"] == []


def test_an_archived_plan_has_no_new_version(api):
    made = plan(api)
    api.delete(f"/v1/plans/{made['id']}", made).expect(204)
    assert pointers(problem(version(api, made), 422)) == {"/plan_id": "not_found"}


def test_a_coupon_is_worth_one_thing(api):
    def coupon(**more):
        return api.post("/v1/coupons", {"code": "C-" + secrets.token_hex(5), "name": "Spring", **more})

    made = coupon(percent="25", periods=3).expect(201).json
    assert (made["percent"], made["amount"], made["periods"], made["redemptions"]) == ("25", None, 3, 0)
    assert coupon(amount=500, currency="EUR").expect(201).json["amount"] == 500
    for more, wrong in (({}, {"/percent": "required"}), ({"percent": "5", "amount": 5, "currency": "EUR"}, {"/percent": "conflict"}),
                        ({"amount": 5}, {"/currency": "required"}), ({"percent": "5", "currency": "EUR"}, {"/currency": "not_used"}),
                        ({"percent": "101"}, {"/percent": "out_of_range"}), ({"percent": "0"}, {"/percent": "out_of_range"})):
        assert pointers(problem(coupon(**more), 422)) == wrong
    # Who has taken it keeps what was said: how long it can be taken may change, what it is worth does not.
    path = f"/v1/coupons/{made['id']}"
    changed = api.patch(path, {"valid_to": "2030-01-01", "redemptions_max": 10}, made).expect(200).json
    assert (changed["valid_to"], changed["redemptions_max"]) == ("2030-01-01", 10)
    assert pointers(problem(api.patch(path, {"percent": "30"}, changed), 422)) == {"/percent": "read_only"}
    assert problem(coupon(percent="1", code=made["code"].lower()), 409, "already_exists")


def test_the_catalogue_is_not_sales(seller):
    sales = seller.as_role("sales")
    sales.get("/v1/plans").expect(200)
    assert problem(sales.post("/v1/plans", {"code": "x", "name": "x"}), 403)
