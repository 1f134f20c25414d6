"""A pending subscription before it begins: what its activation would make of it is previewed, step by step, and made so; what is counted from its first
day moves when that does. Rows R36, X14."""
import random

import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from test_coupons import coupon
from test_subscription_changes import at, balanced, plan
from test_subscription_phases import bills, discounts, steps, told
from test_subscription_schedule import billed, own
from test_subscriptions import act, look, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February; 20 % of tax."""
    shop = Sandbox(new_tenant("activation"), "02-27")
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return shop


def pending(shop, **body):
    return subscribe(shop.api, shop.account(), pending=True, billing_mode="finalize", **body).expect(201).json


def patch(shop, subscription, **body):
    return shop.api.patch(f"/v1/subscriptions/{subscription['id']}", body, look(shop.api, subscription)).expect(200).json


def days(shown):
    return [(shown[key] or "")[5:] for key in ("start_date", "anchor", "trial_end", "term_end", "end_date")]


def to_come(shown):
    return [s["date"][5:] for s in shown["scheduled"]]


# ---- previewed ----

def test_an_activation_is_previewed_step_by_step_and_made_so(shop):
    """Another first day, a trial, a term; each first document to the minor unit, and the runs bill just these."""
    y, half = shop.year, coupon(shop, percent="50")
    made = pending(shop, start_date=f"{y}-03-10", discount_percent="10",
                   phases=[own("30", periods=2, coupons=[half["code"]]), own("90", "quarter", periods=1), own("40")])
    body = {"start_date": f"{y}-04-01", "trial_days": 14, "term": 6, "auto_renew": False}
    shown = act(shop.api, made, "preview_activate", body)
    assert (shown["object"], shown["currency"], days(shown)) == ("subscription_preview", "EUR", ["04-01", "04-15", "04-15", "10-15", "10-15"])
    assert steps(shown) == [("04-15", "06-15", ["30"], ("04-15", 1350, 270, 1620)), ("06-15", "09-15", ["90"], ("06-15", 8100, 1620, 9720)),
                            ("09-15", "10-15", ["40"], ("09-15", 3600, 720, 4320))]
    before = look(shop.api, made)
    assert (before["state"], before["version"], to_come(before)) == ("pending", made["version"], ["05-10", "08-10"])
    begun = act(shop.api, made, "activate", {**body, "preview_token": shown["preview_token"]})
    assert (begun["state"], days(begun)) == ("active", days(shown))
    at(shop, "10-16")
    made_of = bills(shop, made)
    assert sorted(told(shown)) == sorted(row for row in made_of if row[0] in {t[0] for t in told(shown)}) and len(made_of) == 2 + 1 + 1
    assert look(shop.api, made)["state"] == "ended"
    balanced(shop)


def test_an_activations_token_is_for_that_alone(shop):
    """Another day, another caller, a rate or the subscription itself that has moved since: 409, and it does not begin."""
    y, made = shop.year, pending(shop, start_date=f"{shop.year}-04-01", items=own("30")["items"])

    def refuse(client, **more):
        problem(client.post(f"/v1/subscriptions/{made['id']}/activate", {"preview_token": token, **more}), 409, "preview_stale")
        assert look(shop.api, made)["state"] == "pending"

    token = act(shop.api, made, "preview_activate")["preview_token"]
    refuse(shop.api, start_date=f"{y}-04-02")
    refuse(shop.api, billing_mode="draft")
    refuse(shop.tenant.as_role("owner"))
    refuse(shop.api, preview_token=token[:-1] + ("0" if token[-1] != "0" else "1"))
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "21", "valid_from": f"{y}-04-01"}).expect(201)
    refuse(shop.api)
    token = act(shop.api, made, "preview_activate")["preview_token"]
    patch(shop, made, name="Care")
    refuse(shop.api)
    # A catalogue that moves does not: what it charges was agreed.
    shown = act(shop.api, made, "preview_activate")
    assert steps(shown) == [("04-01", None, ["30"], ("04-01", 3000, 630, 3630))]
    assert act(shop.api, made, "activate", {"preview_token": shown["preview_token"]})["state"] == "active"
    problem(shop.api.post(f"/v1/subscriptions/{made['id']}/preview_activate"), 409, "wrong_state")


def test_what_is_wrong_with_an_activation_is_told_by_its_preview(shop):
    made = pending(shop, start_date=f"{shop.year}-03-10", phases=[own("30", until=f"{shop.year}-04-01"), own("40")])
    for body, wrong in [({"start_date": f"{shop.year}-04-02"}, {"/start_date": "conflict"}), ({"start_date": f"{shop.year + 11}-04-02"}, {"/start_date": "out_of_range"})]:
        for action in ("preview_activate", "activate"):
            assert pointers(problem(shop.api.post(f"/v1/subscriptions/{made['id']}/{action}", body), 422)) == wrong
    problem(shop.tenant.as_role("read_only").post(f"/v1/subscriptions/{made['id']}/activate"), 403, "forbidden")
    assert shop.tenant.as_role("read_only").post(f"/v1/subscriptions/{made['id']}/preview_activate").expect(200).json["anchor"] == f"{shop.year}-03-10"
    assert look(shop.api, made)["state"] == "pending"


def test_however_it_begins_it_bills_what_was_shown(shop):
    """Intervals, lengths, days, coupons, a first day that is past, by chance: each first document is the preview's."""
    seed = random.SystemRandom().randrange(10 ** 9)
    print(f"seed {seed}")
    rnd, y = random.Random(seed), shop.year
    coupons = [coupon(shop, percent="12.5"), coupon(shop, percent="33.3", periods=2), coupon(shop, amount=777, currency="EUR", periods=3)]
    agreed = []
    for _ in range(6):
        n = rnd.randrange(1, 4)
        phases = [{**own(f"{rnd.randrange(1, 9999) / 100:.2f}", rnd.choice(["week", "month", "quarter"]), coupons=[c["code"] for c in coupons if rnd.random() < 0.4]),
                   **({} if i + 1 == n else {"periods": rnd.randrange(1, 4)})} for i in range(n)]
        made = pending(shop, start_date=rnd.choice([None, f"{y}-03-{rnd.randrange(10, 29)}"]), phases=phases)
        body = {"start_date": rnd.choice([f"{y}-02-{rnd.randrange(10, 26)}", f"{y}-04-{rnd.randrange(10, 29)}"]), "trial_days": rnd.choice([0, 0, 9]),
                "alignment": rnd.choice(["anniversary", "calendar"])}
        shown = act(shop.api, made, "preview_activate", body)
        agreed.append((shown, act(shop.api, made, "activate", {**body, "preview_token": shown["preview_token"]})))
    at(shop, "08-15")
    for shown, made in agreed:
        made_of = {b[0]: b for b in bills(shop, made)}
        wanted = [t for t in told(shown) if t[0] <= f"{y}-08-15"]
        assert wanted and [made_of.get(t[0]) for t in wanted] == wanted and min(made_of) == shown["anchor"]
    balanced(shop)


# ---- a first day that moves before it begins ----

def test_phases_follow_a_first_day_that_is_patched(shop):
    """At the patch, and its answer shows it; coupons go with them, a day that was said stays; the activation moves nothing more."""
    y, half = shop.year, coupon(shop, percent="50")
    made = pending(shop, start_date=f"{y}-03-10", phases=[own("30", periods=2, coupons=[half["code"]]), own("90", "quarter", periods=1), own("40", until=f"{y}-12-24")])
    assert to_come(made) == ["05-10", "08-10", "12-24"]
    moved = patch(shop, made, start_date=f"{y}-04-01")
    assert (to_come(moved), discounts(moved), moved["version"]) == (["06-01", "09-01", "12-24"], [("04-01", "06-01", True, None)], made["version"] + 1)
    assert to_come(look(shop.api, made)) == to_come(moved) and moved["items"][0]["valid_from"] == f"{y}-04-01"
    assert to_come(patch(shop, made, alignment="calendar", start_date=f"{y}-04-16")) == ["06-01", "07-01", "12-24"]
    assert to_come(patch(shop, made, alignment="anniversary")) == ["06-16", "09-16", "12-24"]
    assert to_come(patch(shop, made, start_date=None)) == ["04-27", "07-27", "12-24"]
    same = patch(shop, made, start_date=f"{y}-03-01")
    assert patch(shop, made, start_date=f"{y}-03-01")["version"] == same["version"]
    assert [s[:2] for s in steps(act(shop.api, made, "preview_activate"))] == [("03-01", "05-01"), ("05-01", "08-01"), ("08-01", "12-24")]
    assert to_come(same) == ["05-01", "08-01", "12-24"]
    begun = act(shop.api, made, "activate")
    assert (to_come(begun), begun["end_date"][5:]) == (["05-01", "08-01"], "12-24")
    at(shop, "08-02")
    assert billed(shop, made) == [("03-01", 1500), ("04-01", 1500), ("05-01", 9000), ("08-01", 4000)]
    balanced(shop)


def test_a_trial_is_as_long_from_another_first_day(shop):
    """And what is counted from its end follows."""
    y = shop.year
    made = pending(shop, start_date=f"{y}-03-10", trial_days=14, phases=[own("30", periods=2), own("40")])
    assert (made["trial_end"][5:], to_come(made)) == ("03-24", ["05-24"])
    moved = patch(shop, made, start_date=f"{y}-04-01")
    assert (moved["trial_end"][5:], to_come(moved)) == ("04-15", ["06-15"])
    plain = pending(shop, trial_days=7, items=own("10")["items"])
    assert (plain["start_date"][5:], plain["trial_end"][5:]) == ("02-27", "03-06")
    assert patch(shop, plain, start_date=f"{y}-03-20")["trial_end"] == f"{y}-03-27"
    later = patch(shop, plain, start_date=None)
    assert (later["start_date"][5:], later["trial_end"][5:]) == ("02-27", "03-06")
    begun = act(shop.api, patch(shop, plain, start_date=f"{y}-03-20"), "activate")
    assert days(begun) == ["03-20", "03-27", "03-27", "", ""]
    assert days(act(shop.api, made, "activate")) == ["04-01", "04-15", "04-15", "", ""]
    balanced(shop)


def test_a_first_day_after_what_was_said_is_in_the_way(shop):
    """Nothing moves: of one in a set of several neither do the others."""
    y = shop.year
    made = pending(shop, start_date=f"{y}-03-10", phases=[own("30", until=f"{y}-04-01"), own("40")])
    other = pending(shop, start_date=f"{y}-03-10", phases=[own("30", periods=1), own("40")])
    told_ = problem(shop.api.patch(f"/v1/subscriptions/{made['id']}", {"start_date": f"{y}-04-02"}, made), 422)
    assert pointers(told_) == {"/start_date": "conflict"}
    told_ = problem(shop.api.patch(f"/v1/subscriptions/{made['id']}", {"start_date": f"{y + 11}-04-02"}, made), 422)
    assert pointers(told_) == {"/start_date": "out_of_range"}
    items = [{"op": "update", "id": s["id"], "version": s["version"], "data": {"start_date": f"{y}-04-02"}} for s in (other, made)]
    told_ = problem(shop.api.post("/v1/subscriptions/batch", {"items": items}), 422)
    assert {k.split("/")[-1] for k in pointers(told_)} == {"start_date"}
    assert [to_come(look(shop.api, s)) for s in (made, other)] == [["04-01"], ["04-10"]]
    assert [look(shop.api, s)["start_date"][5:] for s in (made, other)] == ["03-10"] * 2
