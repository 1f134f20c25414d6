"""Coupons over the life of a subscription: how many bill dates they lower and which, whatever is changed and stands still meanwhile. Row X12; attack V29."""
import concurrent.futures
import json
import secrets
import threading
import uuid

import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox
from harness.wait import wait_for
from test_subscription_changes import at, balanced, document, lines, plan
from test_subscription_pauses import asked, documents
from test_subscriptions import act, look, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own; 20 % of tax."""
    shop = Sandbox(new_tenant("coupons"), "02-27")
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    return shop


def coupon(shop, **more):
    return shop.api.post("/v1/coupons", {"code": "C-" + secrets.token_hex(5), "name": "Spring", **more}).expect(201).json


def sold(shop, price="30", coupons=(), recurring="month", **more):
    item = {"description": "Care", "unit_price": price, "recurring": recurring}
    return subscribe(shop.api, shop.account(), items=[item], start_date=f"{shop.year}-04-01", billing_mode="finalize",
                     coupons=[c["code"] for c in coupons], **more).expect(201).json


def left(shop, subscription):
    return [d["periods_left"] for d in look(shop.api, subscription)["discounts"]]


def nets(shop, subscription):
    return [sum(d[1]) for d in documents(shop, subscription)]


def test_once_for_some_periods_for_ever(shop):
    """Percent and amounts: so many invoices, in the order in which they were taken, never more than there is."""
    once, twice, ever = coupon(shop, percent="50", periods=1), coupon(shop, amount=500, currency="EUR", periods=2), coupon(shop, percent="10")
    made, free = sold(shop, coupons=(once, twice, ever)), sold(shop, "4", coupons=(twice,))
    at(shop, "06-01")
    assert nets(shop, made) == [900, 2250, 2700]  # 30.00 - 15.00 - 5.00 - 1.00; 30.00 - 5.00 - 2.50; 30.00 - 3.00
    assert (nets(shop, free), left(shop, made), left(shop, free)) == ([0, 0, 400], [0, 0, None], [0])
    balanced(shop)


def test_so_many_periods_are_billed_ones(shop):
    """Three invoices: April's, of which the pause gives back what was paid, the rest of June's, July's; not May's, which stood still."""
    made = sold(shop, "100", coupons=(coupon(shop, percent="25", periods=3),))
    at(shop, "04-11")
    assert lines(asked(shop, made, "pause", {"credit": True})[1]) == [-5000]
    at(shop, "06-16")
    assert lines(asked(shop, made, "resume")[1]) == [3750]
    assert left(shop, made) == [1]
    at(shop, "08-01")
    assert (nets(shop, made), left(shop, made)) == ([7500, -5000, 3750, 7500, 10000], [0])
    balanced(shop)


def test_what_is_charged_again_bears_what_its_bill_bore(shop):
    """A coupon for one invoice, and one that is an amount: a pause and its end within the month come to what the days cost with them."""
    percent, amount = sold(shop, coupons=(coupon(shop, percent="50", periods=1),)), sold(shop, coupons=(coupon(shop, amount=600, currency="EUR", periods=1),))
    at(shop, "04-11")
    for one, given in ((percent, -1000), (amount, -1600)):
        assert lines(asked(shop, one, "pause", {"credit": True})[1]) == [given]
    at(shop, "04-21")
    for one, again in ((percent, 500), (amount, 800)):
        assert (lines(asked(shop, one, "resume")[1]), left(shop, one)) == ([again], [0])
    balanced(shop)


def test_a_change_bears_the_coupons_of_the_period_that_it_changes(shop):
    """Half of April at 50 %, though the coupon is used up by April's bill; May costs the new price. One that came since April's bill lowers none of April."""
    def care(code, *coupons):
        return subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30", code=code)["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize",
                         coupons=[c["code"] for c in coupons]).expect(201).json

    made, late = care("A", coupon(shop, percent="50", periods=1)), care("B")
    dearer, ever = plan(shop.api, "60"), coupon(shop, percent="10")
    at(shop, "04-10")
    shown = act(shop.api, late, "change", {"coupons": [ever["code"]]})
    assert [(d["coupon_id"], d["valid_from"], d["valid_to"]) for d in shown["discounts"]] == [(ever["id"], f"{shop.year}-04-10", None)]
    at(shop, "04-16")
    assert lines(asked(shop, made, "change", {"plan_id": dearer["id"]})[1]) == [-750, 1500]
    assert lines(asked(shop, late, "change", {"plan_id": dearer["id"]})[1]) == [-1500, 3000]
    at(shop, "05-01")
    assert (nets(shop, made)[-1], nets(shop, late)[-1]) == (6000, 5400)
    balanced(shop)


def test_a_coupon_that_is_taken_off_again(shop):
    """From the next bill date on, or from a later one; what it has lowered stays so."""
    made, other = (sold(shop, coupons=(coupon(shop, percent="50"),)) for _ in range(2))
    at(shop, "04-16")
    for one, day in ((made, "04-16"), (other, "05-02")):
        gone = {"remove_discounts": [one["discounts"][0]["id"]], "date": f"{shop.year}-{day}"}
        shown, nothing = asked(shop, one, "change", gone)
        assert (nothing, [d["valid_to"] for d in shown["discounts"]]) == (None, [f"{shop.year}-{day}"])
        assert pointers(problem(shop.api.post(f"/v1/subscriptions/{one['id']}/change", gone), 422)) == {"/remove_discounts/0": "not_found"}
    at(shop, "04-21")
    assert lines(asked(shop, made, "pause", {"credit": True, "resume_on": f"{shop.year}-04-26"})[1]) == [-250]
    at(shop, "06-01")
    assert (nets(shop, made), nets(shop, other)) == ([1500, -250, 3000, 3000], [1500, 1500, 3000])
    balanced(shop)


def test_another_interval_uses_up_one(shop):
    """The year that begins with the change is an invoice that they lower: percent, once; amounts lower bill dates alone."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize",
                     coupons=[coupon(shop, percent="10", periods=3)["code"], coupon(shop, amount=100, currency="EUR", periods=3)["code"]]).expect(201).json
    at(shop, "04-16")
    assert nets(shop, made) == [2600]
    bill = asked(shop, made, "change", {"plan_id": plan(shop.api, "360", "year")["id"]})[1]
    assert (lines(bill), left(shop, made)) == ([-1300, 32400], [1, 2])
    # What changes within that year bears what it bore.
    assert lines(asked(shop, made, "change", {"quantities": [{"charge": "base", "quantity": "2"}]})[1]) == [32400]
    assert left(shop, made) == [1, 2]
    balanced(shop)


def test_a_coupon_for_some_of_what_is_charged(shop):
    """Of products, or charges of a plan: split over their lines alone (K4), each tax group bearing its share, whoever looks at the bill again."""
    owner, products = shop.tenant.as_role("owner"), []
    for n in range(3):
        products.append(shop.api.post("/v1/products", {"code": f"P{n}-" + secrets.token_hex(5), "name": f"Thing {n}"}).expect(201).json["id"])
    tenth, amount, rest = (coupon(shop, product_ids=products[:2], percent="10"), coupon(shop, product_ids=products[:2], amount=1000, currency="EUR"),
                           coupon(shop, percent="50"))
    items = [{"product_id": p, "description": f"Thing {n}", "unit_price": price, "recurring": "month"} for n, (p, price) in enumerate(zip(products, ("20.05", "20.05", "20")))]
    made, drafted = (subscribe(shop.api, shop.account(), items=items, start_date=f"{shop.year}-04-01", billing_mode=mode, discount_percent="10",
                               coupons=[c["code"] for c in (tenth, amount, rest)]).expect(201).json for mode in ("finalize", "draft"))
    at(shop, "04-16")
    # 60.10 less 6.01 (2.01, 2.00, 2.00); less a tenth of 36.09, 3.61 (1.80, 1.81); less 10.00 (5.00, 5.00); and half of what is left.
    wanted = document(shop, made)
    assert sum(lines(wanted)) == wanted["net_total"] == 2024 and lines(wanted)[2] == 900
    bill = document(shop, drafted)
    assert lines(bill) == lines(wanted)
    shop.api.patch(f"/v1/invoices/{bill['id']}", {"notes": "Looked at"}, bill).expect(200)
    again = shop.api.post(f"/v1/invoices/{bill['id']}/finalize").expect(200).json
    assert (lines(again), again["tax_total"], again["total"]) == (lines(wanted), wanted["tax_total"], wanted["total"])
    # What goes back of a line is what it paid.
    given = act(shop.api, made, "change", {"date": f"{shop.year}-04-01", "remove": [made["items"][0]["lineage"]]})
    assert lines(document(shop, given)) == [-lines(wanted)[0]]
    assert owner.get(f"/v1/coupons/{tenth['id']}").json["product_ids"] == products[:2]
    nobody = problem(owner.post("/v1/coupons", {"code": "N-" + secrets.token_hex(5), "name": "Of nothing", "percent": "10",
                                                "product_ids": [products[0], "01980000-0000-7000-8002-0000000000ff"]}), 422)
    assert pointers(nobody) == {"/product_ids/1": "not_found"}
    balanced(shop)


def test_a_coupon_for_a_charge_of_a_plan(shop):
    """By the charge's code: its seats cost half, what is added within the period too; the rest of the plan bears nothing of it."""
    made = shop.api.post("/v1/plans", {"code": "P-" + secrets.token_hex(5), "name": "Care"}).expect(201).json
    charges = [{"code": "base", "description": "Base"}, {"code": "seat", "description": "Seat", "quantity": "2"}]
    shop.api.post("/v1/plan_versions", {"plan_id": made["id"], "recurring": "month", "charges": charges,
                                        "prices": [{"charge": c["code"], "currency": "EUR", "unit_price": "30"} for c in charges]}).expect(201)
    half = coupon(shop, percent="50", charges=["seat"])
    taken = subscribe(shop.api, shop.account(), plan_id=made["id"], start_date=f"{shop.year}-04-01", billing_mode="finalize", coupons=[half["code"]]).expect(201).json
    at(shop, "04-16")
    assert lines(document(shop, taken)) == [3000, 3000]
    assert lines(asked(shop, taken, "change", {"quantities": [{"charge": "seat", "quantity": "4"}]})[1]) == [1500]
    assert lines(asked(shop, taken, "change", {"quantities": [{"charge": "base", "quantity": "2"}]})[1]) == [1500]
    assert [(d["charges"], d["product_ids"]) for d in look(shop.api, taken)["discounts"]] == [(["seat"], None)]
    balanced(shop)


def test_nothing_that_is_not_billed_uses_one_up(shop):
    """A bill date on which nothing is charged makes no invoice."""
    made = sold(shop, coupons=(coupon(shop, percent="50", periods=2),))
    at(shop, "04-16")
    act(shop.api, made, "change", {"remove": [made["items"][0]["lineage"]], "effective": "period_end"})
    at(shop, "05-02")
    assert (nets(shop, made), left(shop, made)) == ([1500], [1])


def test_a_coupon_is_taken_once_by_one(shop):
    made = coupon(shop, percent="5")
    item = {"description": "Care", "unit_price": "30", "recurring": "month"}
    twice = subscribe(shop.api, shop.account(), items=[item], coupons=[made["code"], made["code"].lower()], pending=True)
    assert pointers(problem(twice, 422)) == {"/coupons/1": "duplicate"}
    taken = sold(shop, coupons=(made,))
    assert pointers(problem(shop.api.post(f"/v1/subscriptions/{taken['id']}/change", {"coupons": [made["code"]]}), 422)) == {"/coupons/0": "duplicate"}
    assert shop.api.get(f"/v1/coupons/{made['id']}").json["redemptions"] == 1


def test_v29_a_single_use_coupon_is_taken_once_by_many(shop):
    """Taken by fifty at once, when subscribing and by changes: one has it, and the others nothing of it."""
    single = coupon(shop, percent="100", redemptions_max=1)
    account, item = shop.account(), {"description": "Care", "unit_price": "30", "recurring": "month"}
    there = [sold(shop) for _ in range(5)]

    def one(n):
        client = shop.tenant.product.client(Authorization=shop.api.headers["Authorization"])
        if n % 10 == 0:
            return client.post(f"/v1/subscriptions/{there[n // 10]['id']}/change", {"coupons": [single["code"]]})
        return client.post("/v1/subscriptions", {"account_id": account["id"], "items": [item], "coupons": [single["code"]], "pending": True})

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, range(50)))
    assert sorted({a.status for a in answers}) in ([200, 422], [201, 422]) and sum(a.status < 300 for a in answers) == 1
    assert {tuple(pointers(problem(a, 422)).items()) for a in answers if a.status == 422} == {(("/coupons/0", "redeemed"),)}
    assert shop.api.get(f"/v1/coupons/{single['id']}").json["redemptions"] == 1
    assert sum(len(look(shop.api, s)["discounts"]) for s in shop.api.all("/v1/subscriptions")) == 1


def taken(shop, coupon):
    return shop.api.get(f"/v1/coupons/{coupon['id']}").expect(200).json["redemptions"]


def pending(shop, account, *coupons, status=201, client=None):
    return subscribe(client or shop.api, account, items=[{"description": "Care", "unit_price": "30", "recurring": "month"}], pending=True,
                     coupons=[c["code"] for c in coupons]).expect(status)


def test_so_often_by_one_account(shop):
    """On all its subscriptions together, when subscribing and by a change; others may still, up to what all may."""
    each = coupon(shop, percent="10", redemptions_max=3, redemptions_max_per_account=2)
    one, other = shop.account(), shop.account()
    pending(shop, one, each)
    made = subscribe(shop.api, one, items=[{"description": "Care", "unit_price": "30", "recurring": "month"}], billing_mode="finalize").expect(201).json
    third = subscribe(shop.api, one, items=[{"description": "Care", "unit_price": "30", "recurring": "month"}], billing_mode="finalize").expect(201).json
    shop.quiet()
    act(shop.api, made, "change", {"coupons": [each["code"]]})
    assert pointers(problem(pending(shop, one, each, status=422), 422)) == {"/coupons/0": "account_redeemed"}
    assert pointers(problem(shop.api.post(f"/v1/subscriptions/{third['id']}/change", {"coupons": [each["code"]]}), 422)) == {"/coupons/0": "account_redeemed"}
    assert taken(shop, each) == 2
    pending(shop, other, each)
    assert pointers(problem(pending(shop, other, each, status=422), 422)) == {"/coupons/0": "redeemed"}
    now = shop.api.get(f"/v1/coupons/{each['id']}").expect(200)
    more = shop.api.patch(f"/v1/coupons/{each['id']}", {"redemptions_max": 9, "redemptions_max_per_account": 3}, now.json).expect(200).json
    assert more["redemptions_max_per_account"] == 3
    pending(shop, one, each)
    assert taken(shop, each) == 4


def test_so_often_by_one_account_at_once(shop):
    """Race: taken by thirty requests of one account, ten at a time, when subscribing and by changes: two have it."""
    each = coupon(shop, percent="10", redemptions_max_per_account=2)
    account = shop.account()
    there = [subscribe(shop.api, account, items=[{"description": "Care", "unit_price": "30", "recurring": "month"}], start_date=f"{shop.year}-04-01",
                       billing_mode="finalize").expect(201).json for _ in range(5)]

    def one(n):
        client = shop.api.with_headers()
        if n % 6 == 0:
            return client.post(f"/v1/subscriptions/{there[n // 6]['id']}/change", {"coupons": [each["code"]]})
        return client.post("/v1/subscriptions", {"account_id": account["id"], "pending": True, "coupons": [each["code"]],
                                                 "items": [{"description": "Care", "unit_price": "30", "recurring": "month"}]})

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, range(30)))
    assert sum(a.status < 300 for a in answers) == 2
    assert {tuple(pointers(problem(a, 422)).items()) for a in answers if a.status >= 300} == {(("/coupons/0", "account_redeemed"),)}
    assert taken(shop, each) == sum(len(look(shop.api, s)["discounts"]) for s in shop.api.all("/v1/subscriptions")) == 2


def test_who_takes_one_that_is_being_taken_waits_for_that(shop, sql, product):
    """Race: whoever is about to take one is waited for before anything is counted: what both had written by then neither would see."""
    each = coupon(shop, percent="10", redemptions_max_per_account=1)
    account = shop.account()
    first, item = pending(shop, account).json, {"id": str(uuid.uuid4()), "coupon_id": each["id"], "name": "Spring", "percent": "10", "of_phase": False,
                                                "at": "/coupons/0"}
    answers = []
    taker = product.database()
    try:
        with taker.cursor() as cursor:
            cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL)", (shop.tenant.id,))
            cursor.execute("SELECT catalog.coupons_hold(ARRAY[%s]::uuid[])", (each["id"],))
            client = shop.api.with_headers()
            second = threading.Thread(target=lambda: answers.append(subscribe(client, account, pending=True, coupons=[each["code"]], items=[
                {"description": "Care", "unit_price": "30", "recurring": "month"}])))
            second.start()

            def waits():
                with sql.cursor() as look_at:
                    look_at.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%discounts_write%%'")
                    return look_at.fetchone()[0] == 1

            wait_for(waits, 20, "the second who waits for the first")
            cursor.execute("SELECT billing.discounts_write(%s, %s); SELECT job.emit('subscription.updated', 'subscription', %s); COMMIT",
                           (first["id"], json.dumps([item]), first["id"]))
        second.join(30)
    finally:
        taker.close()
    assert pointers(problem(answers[0], 422)) == {"/coupons/0": "account_redeemed"}
    assert taken(shop, each) == len(look(shop.api, first)["discounts"]) == 1


def test_what_came_to_nothing_is_given_back(shop):
    """Cancelled before it began or before it was billed, or taken off again: somebody else may take it. What has lowered a document has been taken."""
    single = coupon(shop, percent="50", redemptions_max=1)
    account = shop.account()
    gone = pending(shop, account, single).json
    problem(pending(shop, account, single, status=422), 422)
    act(shop.api, gone, "cancel", {"at": "now"})
    assert taken(shop, single) == 0 and look(shop.api, gone)["discounts"][0]["returned_at"]
    tried = sold(shop, coupons=(single,), trial_days=30)
    at(shop, "04-10")
    act(shop.api, tried, "cancel", {"at": "now"})
    assert taken(shop, single) == 0
    off = sold(shop, coupons=(single,), trial_days=30)
    act(shop.api, off, "change", {"remove_discounts": [off["discounts"][0]["id"]], "date": f"{shop.year}-05-01"})
    assert taken(shop, single) == 0
    made = sold(shop, coupons=(single,))
    shop.quiet()
    assert nets(shop, made) == [1500]
    act(shop.api, made, "cancel", {"at": "now"})
    assert (taken(shop, single), look(shop.api, made)["discounts"][0]["returned_at"]) == (1, None)
    told = [e for e in shop.api.all("/v1/events", object_id=single["id"]) if e["type"] == "coupon.returned"]
    assert len(told) == 3
    twice, item = coupon(shop, percent="5"), {"description": "Care", "unit_price": "30", "recurring": "month"}
    phased = subscribe(shop.api, account, pending=True, phases=[{"items": [item], "periods": 1, "coupons": [twice["code"]]},
                                                                {"items": [item], "coupons": [twice["code"]]}]).expect(201).json
    assert taken(shop, twice) == 2
    act(shop.api, phased, "cancel", {"at": "now"})
    assert taken(shop, twice) == 0
    balanced(shop)


def test_a_changes_draft_that_is_deleted_gives_back_what_it_used(shop):
    """The year that begins with the change is billed by a draft that uses one up; deleted, the next bill has it. So has a run's draft of a coupon for ever."""
    made = subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="draft",
                     coupons=[coupon(shop, percent="10", periods=3)["code"], coupon(shop, percent="5")["code"]]).expect(201).json
    at(shop, "04-16")
    first, = shop.api.all("/v1/invoices", subscription_id=made["id"])
    shop.api.post(f"/v1/invoices/{first['id']}/finalize").expect(200)
    changed = act(shop.api, made, "change", {"plan_id": plan(shop.api, "360", "year")["id"]})
    draft = shop.api.get(f"/v1/invoices/{changed['invoices'][0]}").expect(200).json
    assert (draft["number"], left(shop, made)) == (None, [1, None])
    shop.api.delete(f"/v1/invoices/{draft['id']}", draft).expect(204)
    assert left(shop, made) == [2, None]
    shop.advance(f"{shop.year + 1}-04-17T12:00:00Z")
    assert (nets(shop, made)[-1], left(shop, made)) == (30780, [1, None])
    balanced(shop)


def test_a_skipped_period_keeps_its_coupon(shop):
    """It may be billed after all; billed, it has lowered a document."""
    single = coupon(shop, percent="50", periods=1, redemptions_max=1)
    made = sold(shop, coupons=(single,))
    made = shop.api.patch(f"/v1/subscriptions/{made['id']}", {"billing_mode": "draft"}, look(shop.api, made)).expect(200).json
    at(shop, "04-02")
    draft, = shop.api.all("/v1/invoices", subscription_id=made["id"])
    act(shop.api, made, "cancel", {"at": "period_end"})
    at(shop, "05-02")
    shop.api.delete(f"/v1/invoices/{draft['id']}", draft).expect(204)
    assert (look(shop.api, made)["state"], left(shop, made), taken(shop, single)) == ("ended", [1], 1)
    act(shop.api, made, "bill_skipped", {"period_start": f"{shop.year}-04-01"})
    assert (nets(shop, made), left(shop, made), taken(shop, single)) == ([1500], [0], 1)
