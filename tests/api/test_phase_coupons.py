"""Coupons of a phase that begins or ends within a period lower the phase's part of that period's bill, whoever bills it: the run, a preview, a change, a
draft that was skipped. Rows X12, X14, K7, K8."""
import random

import pytest

from harness.billing import events
from harness.sandbox import Sandbox
from test_coupons import coupon
from test_subscription_changes import at, balanced, lines
from test_subscription_pauses import asked
from test_subscription_phases import bills, discounts, steps, told
from test_subscription_schedule import begun, billed, own
from test_subscriptions import act, look


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February; 20 % of tax."""
    shop = Sandbox(new_tenant("partly"), "02-27")
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return shop


def parts(shop, subscription):
    """Bill date, and net of each line."""
    return {b[0][5:]: [line[2] for line in b[4]] for b in bills(shop, subscription)}


def taken(shop, taken_coupon):
    return shop.api.get(f"/v1/coupons/{taken_coupon['id']}").expect(200).json["redemptions"]


def test_a_phase_that_begins_within_a_period_has_its_coupon_from_its_first_day(shop):
    """15 of 30 days at 30.00, 15 at 60.00 less half: as the preview says; the other way round the first phase's days alone bear it."""
    half, y = coupon(shop, percent="50"), shop.year
    body = {"account_id": shop.account()["id"], "start_date": f"{y}-04-01", "billing_mode": "finalize",
            "phases": [own("30", until=f"{y}-04-16"), own("60", coupons=[half["code"]])]}
    shown = shop.api.post("/v1/subscriptions/preview", {k: v for k, v in body.items() if k != "billing_mode"}).expect(200).json
    made = shop.api.post("/v1/subscriptions", {**body, "preview_token": shown["preview_token"]}).expect(201).json
    ends = begun(shop, phases=[own("30", until=f"{y}-04-16", coupons=[half["code"]]), own("60")])
    both = begun(shop, coupons=[coupon(shop, percent="10")["code"]], phases=[own("30", until=f"{y}-04-16", coupons=[half["code"]]), own("60", coupons=[half["code"]])])
    assert steps(shown) == [("04-01", "04-16", ["30"], ("04-01", 3000, 600, 3600)), ("04-16", None, ["60"], ("05-01", 3000, 600, 3600))]
    at(shop, "06-02")
    assert parts(shop, made) == {"04-01": [1500, 1500], "05-01": [3000], "06-01": [3000]}
    assert parts(shop, ends) == {"04-01": [750, 3000], "05-01": [6000], "06-01": [6000]}
    assert parts(shop, both) == {"04-01": [675, 1350], "05-01": [2700], "06-01": [2700]}
    assert [t in bills(shop, made) for t in told(shown)] == [True, True]
    balanced(shop)


def test_a_part_is_a_document_of_those_that_it_is_good_for(shop):
    """Two documents of an amount, one of a percentage: the rest of the period is the first; more than the phase's part is not taken off."""
    twice, once, more = coupon(shop, amount=500, currency="EUR", periods=2), coupon(shop, percent="50", periods=1), coupon(shop, amount=9000, currency="EUR", periods=1)
    made, percent, all_of_it = (begun(shop, phases=[own("30", until=f"{shop.year}-04-16"), own("60", coupons=[c["code"]])]) for c in (twice, once, more))
    at(shop, "04-02")
    assert [d[3] for d in discounts(look(shop.api, made))] == [1] and [d[3] for d in discounts(look(shop.api, percent))] == [0]
    at(shop, "06-02")
    assert parts(shop, made) == {"04-01": [1500, 2500], "05-01": [5500], "06-01": [6000]}
    assert parts(shop, percent) == {"04-01": [1500, 1500], "05-01": [6000], "06-01": [6000]}
    assert parts(shop, all_of_it) == {"04-01": [1500, 0], "05-01": [6000], "06-01": [6000]}
    balanced(shop)


def test_a_phase_within_one_period_has_lowered_its_days(shop):
    """It begins and ends between two bill dates: its coupon has lowered a document, and is not given back."""
    half = coupon(shop, percent="50", periods=3)
    made = begun(shop, phases=[own("30", until=f"{shop.year}-04-11"), own("60", until=f"{shop.year}-04-21", coupons=[half["code"]]), own("90")])
    late = begun(shop, phases=[own("30", until=f"{shop.year}-06-11"), own("60", until=f"{shop.year}-06-21", coupons=[half["code"]]), own("90")])
    at(shop, "05-02")
    assert parts(shop, made) == {"04-01": [1000, 1000, 3000], "05-01": [9000]} and parts(shop, late) == {"04-01": [3000], "05-01": [3000]}
    act(shop.api, late, "unschedule")
    at(shop, "07-02")
    assert parts(shop, late) == {"04-01": [3000], "05-01": [3000], "06-01": [3000], "07-01": [3000]}
    assert taken(shop, half) == 1 and [d["returned_at"] is None for s in (made, late) for d in look(shop.api, s)["discounts"]] == [True, False]
    balanced(shop)


def test_a_phase_that_a_change_begins_within_a_period_bears_its_coupon_at_once(shop):
    """The rest of April is its first document, and it uses up one; the next change of those days bears it too, and uses up none."""
    twice = coupon(shop, percent="50", periods=2)
    made = begun(shop, items=own("30")["items"])
    at(shop, "04-16")
    body = {"phases": [own("60", periods=4, coupons=[twice["code"]])]}
    preview = act(shop.api, made, "preview_change", body)
    assert steps(preview) == [("04-16", f"{shop.year}-08-01"[5:], ["60"], ("05-01", 3000, 600, 3600))]
    shown, bill = asked(shop, made, "change", body)
    assert (lines(bill), discounts(shown)) == ([-1500, 1500], [("04-16", "08-01", True, 1)])
    at(shop, "04-21")
    lineage = shown["items"][0]["lineage"]
    shown, bill = asked(shop, made, "change", {"items": [{"lineage": lineage, "quantity": "2"}]})
    assert (lines(bill), discounts(shown)[0][3]) == ([1000], 1)  # 10 of 30 days of one more, less half
    at(shop, "07-02")
    assert parts(shop, made) == {"04-01": [3000], "05-01": [6000], "06-01": [12000], "07-01": [12000]}
    balanced(shop)


def test_what_was_billed_of_a_phase_goes_back_as_it_was_billed(shop):
    """More of the first phase's days are at its price, of the second's less its coupon; taken back, the part that was lowered is given back as it was charged."""
    half = coupon(shop, percent="50")
    made = begun(shop, phases=[own("30", until=f"{shop.year}-04-16"), own("60", coupons=[half["code"]])])
    at(shop, "04-07")
    shown, bill = asked(shop, made, "unschedule")
    assert (sorted(lines(bill)), shown["scheduled"]) == ([-1500, 1500], [])
    again = begun(shop, phases=[own("30", until=f"{shop.year}-04-16"), own("60", coupons=[half["code"]])])
    at(shop, "04-21")
    shown, bill = asked(shop, again, "change", {"items": [{"lineage": look(shop.api, again)["items"][0]["lineage"], "quantity": "2"}]})
    assert lines(bill) == [1000]
    _, bill = asked(shop, again, "cancel", {"at": "now", "credit": True})
    assert sorted(lines(bill)) == [-900, -900]  # 9 of 30 days of 60.00 less half, twice
    balanced(shop)


def test_a_skipped_part_is_billed_less_its_coupon(shop):
    """A draft that is deleted gives its document back to the coupon; billed after all it is lowered again."""
    once = coupon(shop, percent="50", periods=1)
    made = begun(shop, phases=[own("30", until=f"{shop.year}-04-16"), own("60", coupons=[once["code"]])])
    seen = look(shop.api, made)
    shop.api.patch(f"/v1/subscriptions/{made['id']}", {"billing_mode": "draft"}, seen).expect(200)
    at(shop, "04-02")
    draft, = shop.api.all("/v1/invoices", subscription_id=made["id"])
    assert (draft["net_total"], discounts(look(shop.api, made))[0][3]) == (3000, 0)
    shop.api.delete(f"/v1/invoices/{draft['id']}", shop.api.get(f"/v1/invoices/{draft['id']}").etag).expect(204)
    assert discounts(look(shop.api, made))[0][3] == 1
    act(shop.api, made, "bill_skipped", {"period_start": f"{shop.year}-04-01"})
    assert parts(shop, made) == {"04-01": [1500, 1500]} and discounts(look(shop.api, made))[0][3] == 0
    assert "subscription.billed" in {t for e in events(shop.api, made["id"], "subscription.billed") for t in (e["type"], *e["also"])}


def test_whatever_days_phases_have_their_coupons_bill_as_shown(shop):
    """Days, intervals, prices, coupons by chance: each first document is the preview's, and every line of a percentage is its days' part of its phase's price less
    what is taken off in that phase (the split of what is taken off over the lines may move a cent or two)."""
    seed = random.SystemRandom().randrange(10 ** 9)
    print(f"seed {seed}")
    rnd, y = random.Random(seed), shop.year
    percent = [coupon(shop, percent=p) for p in ("50", "20", "12.5")]
    counted = [coupon(shop, percent="33.3", periods=2), coupon(shop, amount=777, currency="EUR", periods=3)]
    agreed = []
    for n in range(8):
        some = percent if n < 4 else percent + counted
        phases = [{**own(f"{rnd.randrange(1, 9999) / 100:.2f}", "month", coupons=[c["code"] for c in some if rnd.random() < 0.4]), "until": f"{y}-0{month}-{rnd.randrange(2, 29):02}"}
                  for month in range(5, 8)] + [own("99")]
        body = {"account_id": shop.account()["id"], "start_date": f"{y}-04-{rnd.randrange(1, 29):02}", "alignment": rnd.choice(["anniversary", "calendar"]), "phases": phases}
        shown = shop.api.post("/v1/subscriptions/preview", body).expect(200).json
        made = shop.api.post("/v1/subscriptions", {**body, "billing_mode": "finalize", "preview_token": shown["preview_token"]}).expect(201).json
        agreed.append((n < 4, phases, shown, made))
    at(shop, "08-29")
    of = {c["code"]: float(c["percent"]) for c in percent}
    for exact, phases, shown, made in agreed:
        made_of = {b[0]: b for b in bills(shop, made)}
        wanted = [t for t in told(shown) if t[0] <= f"{y}-08-29"]
        assert wanted and [made_of.get(t[0]) for t in wanted] == wanted
        days = sorted((line[0], line[1]) for b in made_of.values() for line in b[4])
        assert all(a[1] == b[0] for a, b in zip(days, days[1:])) and days[0][0] == shown["anchor"]
        for row in (shop.api.get(f"/v1/invoices/{r['id']}").json for r in shop.api.all("/v1/invoices", subscription_id=made["id"])) if exact else ():
            for line in row["lines"]:
                phase = next((p for p in phases[:-1] if line["period_start"] < p["until"]), phases[-1])
                left = float(line["quantity"]) * float(line["unit_price"]) / float(line["base_quantity"]) * 100
                for code in phase.get("coupons", ()):
                    left *= 1 - of[code] / 100
                assert float(phase["items"][0]["unit_price"]) == float(line["unit_price"]) and abs(line["net"] - left) <= 2, (line, phase)
    balanced(shop)
