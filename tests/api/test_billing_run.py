"""Billing runs: what is due is billed when its day comes by its account's clock, once, and what cannot be billed is set aside."""
import calendar
import concurrent.futures
import datetime
import zoneinfo

import pytest

from harness.billing import feed
from harness.problem import problem
from harness.sandbox import Sandbox
from harness.subscribed import harm, look, subscribe
from harness.wait import wait_for
from test_subscription_changes import balanced, document, plan
from test_subscriptions import act
from test_subscriptions import subscribe as api_subscribe


@pytest.fixture
def shop(new_tenant):
    return Sandbox(new_tenant("run"))


def documents(shop, ident):
    """Of a subscription, in the order of their periods."""
    rows = shop.api.all("/v1/invoices", subscription_id=ident)
    return sorted(rows, key=lambda row: row["period_start"])


def starts(shop, ident):
    return [d["period_start"][5:] for d in documents(shop, ident)]


def test_a_subscription_is_billed_when_its_day_comes(shop, sql):
    account = shop.account()
    ident = subscribe(sql, shop.tenant, account, [{"quantity": "3", "unit_price": "49.00"}], f"{shop.year}-03-31")
    shop.to("03-30")
    assert documents(shop, ident) == []
    shop.to("03-31")
    [made] = documents(shop, ident)
    assert (made["status"], made["kind"], made["net_total"], made["issue_date"]) == ("open", "standard", 14700, f"{shop.year}-03-31")
    assert (made["period_start"], made["period_end"]) == (f"{shop.year}-03-31", f"{shop.year}-04-30")
    shop.to("06-30")
    assert starts(shop, ident) == ["03-31", "04-30", "05-31", "06-30"]
    assert look(sql, ident, "next_bill_on").isoformat() == f"{shop.year}-07-31"


def test_bill_dates_are_counted_from_the_anchor(shop, sql):
    """T1: the day is clamped to the month's end, and never lost by it."""
    account = shop.account()
    quarterly = subscribe(sql, shop.tenant, account, [{"recurring": "quarter"}], f"{shop.year}-03-31")
    mixed = subscribe(sql, shop.tenant, account, [{"recurring": "month"}, {"recurring": "year", "unit_price": "1200"}, {"every": 2}],
                      f"{shop.year}-03-31")
    shop.to("12-31")
    assert starts(shop, quarterly) == ["03-31", "06-30", "09-30", "12-31"]
    shown = documents(shop, mixed)
    assert [d["period_start"][5:] for d in shown] == ["03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31"]
    assert [d["net_total"] for d in shown[:4]] == [122000, 1000, 2000, 1000]
    assert [d["number"][-5:] for d in sorted(shop.api.all("/v1/invoices"), key=lambda d: d["number"])] == [f"{n:05}" for n in range(1, 15)]


def test_a_trial_is_free_and_the_calendar_has_parts(shop, sql):
    """T47, K6, K7."""
    account = shop.account()
    trial = subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-03-06", start_date=f"{shop.year}-02-20", trial_end=f"{shop.year}-03-06")
    part = subscribe(sql, shop.tenant, account, [{"quantity": "2", "unit_price": "31"}], f"{shop.year}-03-16", alignment="calendar",
                     end_date=f"{shop.year}-05-11")
    shop.to("06-30")
    assert starts(shop, trial)[:2] == ["03-06", "04-06"]
    shown = documents(shop, part)
    assert [(d["period_start"][5:], d["period_end"][5:], d["net_total"]) for d in shown] == [
        ("03-16", "04-01", 3200), ("04-01", "05-01", 6200), ("05-01", "05-11", 2000)]
    [line] = shop.api.get(f"/v1/invoices/{shown[0]['id']}").json["lines"]
    assert (line["quantity"], line["unit_price"], line["base_quantity"]) == ("32", "31", "31")
    assert (line["period_start"][5:], line["period_end"][5:]) == ("03-16", "04-01") and line["subscription_item_id"]
    assert look(sql, part, "next_bill_on") is None


def test_t12_a_short_first_year(shop):
    """1,188.00 a year from November 19, cancelled with July 18 as its last day: 243 of 366 days, 788.75, whether it is known before it is billed or after."""
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
    year = next(y for y in range(shop.year, shop.year + 5) if calendar.isleap(y + 1))
    shop.advance(f"{year}-11-18T12:00:00Z")
    known, later = [api_subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "1188", "year")["id"], start_date=f"{year}-11-19",
                                  billing_mode="finalize").expect(201).json for _ in range(2)]
    act(shop.api, known, "cancel", {"date": f"{year + 1}-07-18"})
    shop.advance(f"{year}-11-19T12:00:00Z")
    [short], [whole] = documents(shop, known["id"]), documents(shop, later["id"])
    assert (short["net_total"], short["tax_total"], whole["net_total"]) == (78875, 15775, 118800)
    [line] = shop.api.get(f"/v1/invoices/{short['id']}").json["lines"]
    assert (line["quantity"], line["base_quantity"], line["period_start"], line["period_end"]) == ("243", "366", f"{year}-11-19", f"{year + 1}-07-19")
    shop.advance(f"{year + 1}-02-29T12:00:00Z")
    act(shop.api, later, "cancel", {"date": f"{year + 1}-07-18", "credit": True})
    given = document(shop, later)
    assert (given["kind"], given["net_total"], given["tax_total"]) == ("credit", 78875 - 118800, 15775 - 23760)
    shop.advance(f"{year + 1}-07-18T12:00:00Z")
    assert "ended" not in {shop.api.get(f"/v1/subscriptions/{s['id']}").json["state"] for s in (known, later)}
    shop.advance(f"{year + 1}-12-01T12:00:00Z")
    for one, left in ((known, 1), (later, 2)):
        seen = shop.api.get(f"/v1/subscriptions/{one['id']}").json
        assert (seen["state"], seen["end_date"], seen["next_bill_on"], len(seen["invoices"])) == ("ended", f"{year + 1}-07-19", None, left)


def test_each_missed_bill_date_has_its_own_document_once(shop, sql):
    """An outage of three months: documents are dated when they are made, and a second start makes none."""
    account = shop.account()
    # Nobody looks while the clock moves.
    ident = subscribe(sql, shop.tenant, account, [{"unit_price": "20"}], f"{shop.year}-03-31", parked_at="now", park_code="outage")
    shop.to("07-02")
    assert documents(shop, ident) == []
    shop.api.post(f"/v1/subscriptions/{ident}/release").expect(200)
    shop.quiet()
    shown = documents(shop, ident)
    assert [d["period_start"][5:] for d in shown] == ["03-31", "04-30", "05-31", "06-30"]
    assert {d["issue_date"] for d in shown} == {f"{shop.year}-07-02"}
    run = shop.api.post("/v1/billing_runs").expect(201).json
    shop.quiet()
    assert len(documents(shop, ident)) == 4
    shown = shop.api.get(f"/v1/billing_runs/{run['id']}").expect(200).json
    assert (shown["state"], shown["due"], shown["billed"], shown["parked"]) == ("finished", 0, 0, 0)
    assert [(r["due"], r["billed"]) for r in shop.api.all("/v1/billing_runs")] == [(1, 4), (0, 0)]


def day_of_switch(zone, year, months):
    """The first day there whose noon is not 24 hours after the one before."""
    day = datetime.datetime(year, months[0], 1, 12, tzinfo=zone)
    while (day + datetime.timedelta(days=1)).utcoffset() == day.utcoffset():
        day += datetime.timedelta(days=1)
        assert day.month in months
    return day.date() + datetime.timedelta(days=1)


@pytest.mark.parametrize("name, months, after", [("Pacific/Kiritimati", None, 0), ("Pacific/Pago_Pago", None, 0), ("Europe/Paris", (3, 4), 0),
                                                 ("Europe/Paris", (3, 4), 1), ("Europe/Paris", (10, 11), 1), ("America/New_York", (11, 12), 1)])
def test_the_day_begins_where_the_account_is(shop, sql, name, months, after):
    """K5, P3, T14: at both edges of daylight saving too, and half a world apart."""
    zone = zoneinfo.ZoneInfo(name)
    day = (day_of_switch(zone, shop.year, months) if months else datetime.date(shop.year, 3, 29)) + datetime.timedelta(days=after)
    at = datetime.datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(datetime.timezone.utc)
    ident = subscribe(sql, shop.tenant, shop.account(time_zone=name), [{}], day.isoformat())
    shop.advance((at - datetime.timedelta(seconds=1)).isoformat())
    assert documents(shop, ident) == []
    shop.advance(at.isoformat())
    [made] = documents(shop, ident)
    # It is issued on the seller's day, which may be another one.
    assert (made["period_start"], made["issue_date"]) == (day.isoformat(), at.astimezone(zoneinfo.ZoneInfo("Europe/Vienna")).date().isoformat())
    shop.advance((at + datetime.timedelta(days=27)).isoformat())
    assert len(documents(shop, ident)) == 1


def test_drafts_and_what_takes_an_approval_wait_for_people(new_tenant, sql):
    shop = Sandbox(new_tenant("review"))
    account = shop.account()
    draft = subscribe(sql, shop.tenant, account, [{"unit_price": "30"}], f"{shop.year}-03-01", billing_mode="draft",
                      discounts=[{"percent": "10"}, {"amount": 100, "periods_left": 1}])
    final = subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-03-01")
    shop.to("03-02")
    [made], [other] = documents(shop, draft), documents(shop, final)
    assert (made["status"], made["number"], made["net_total"], other["status"]) == ("pending_approval", None, 2600, "open")
    done = shop.api.post(f"/v1/invoices/{made['id']}/finalize").expect(200).json
    assert (done["status"], done["net_total"], done["period_start"]) == ("open", 2600, f"{shop.year}-03-01")
    assert done["lines"][0]["period_end"] == f"{shop.year}-04-01"
    settings = shop.api.get("/v1/settings").expect(200)
    shop.api.patch("/v1/settings", {"settings": {"billing": {"review_required": True}}}, settings.etag).expect(200)
    shop.to("04-02")
    assert documents(shop, final)[1]["status"] == "pending_approval"
    assert [d["net_total"] for d in documents(shop, draft)] == [2600, 2700]


def test_what_cannot_be_billed_is_set_aside_and_the_rest_goes_on(shop, sql):
    """X39, P22."""
    good = shop.account()
    lonely = shop.account(contacts=[])
    strict = shop.account(po_required=True)
    mute = shop.account(contacts=[{"name": "Mute", "roles": ["billing"]}])
    day = f"{shop.year}-03-01"
    fine = [subscribe(sql, shop.tenant, good, [{}], day) for _ in range(3)]
    bad = {"billing_contact_missing": subscribe(sql, shop.tenant, lonely, [{}], day),
           "po_number_required": subscribe(sql, shop.tenant, strict, [{}], day),
           "out_of_range": subscribe(sql, shop.tenant, good, [{"quantity": "900000", "unit_price": "900000000000"}], day),
           "currency_unknown": subscribe(sql, shop.tenant, good, [{}], day, currency="QQQ")}
    unsent = subscribe(sql, shop.tenant, mute, [{}], day, billing_mode="send")
    shop.to("03-02")
    assert [len(documents(shop, i)) for i in fine] == [1, 1, 1]
    assert {code: look(sql, i, "park_code") for code, i in bad.items()} == {code: code for code in bad}
    assert look(sql, unsent, "park_code") == "billing_contact_missing"
    run = min(shop.api.all("/v1/billing_runs"), key=lambda r: r["id"])
    assert (run["state"], run["due"], run["billed"], run["parked"]) == ("finished", 8, 3, 5)
    tasks = [t for t in shop.api.all("/v1/tasks") if t["kind"] == "subscription_parked"]
    assert len(tasks) == 5 and {t["state"] for t in tasks} == {"open"}
    # Tried again by itself, and in vain, it is told to nobody again; a release says so where nothing has changed.
    parked = bad["billing_contact_missing"]
    before = look(sql, parked, "version")
    shop.to("04-02")
    assert documents(shop, parked) == [] and look(sql, parked, "version", "park_code") == (before, "billing_contact_missing")
    assert sum(t["kind"] == "subscription_parked" for t in shop.api.all("/v1/tasks")) == 5
    shop.api.post(f"/v1/subscriptions/{parked}/release").expect(200)
    shop.quiet()
    assert look(sql, parked, "park_code") == "billing_contact_missing"
    retry = shop.api.get(f"/v1/subscriptions/{parked}").json["retry_at"]
    assert retry[:13] == shop.api.get("/v1/test_clock").json["business_now"][:11] + "12"  # an hour after the winter's noon
    shop.api.post(f"/v1/subscriptions/{fine[0]}/release").expect(409)


def tasks_of(shop, account):
    return [t["state"] for t in shop.api.all("/v1/tasks", account_id=account["id"]) if t["kind"] == "subscription_parked"]


def test_what_is_mended_is_billed_without_anybody_releasing_it(shop, sql):
    """X39: a contact that was missing, an account that is open again, a purchase order, a payer's as much as one's own."""
    lonely, strict, closed = shop.account(contacts=[]), shop.account(po_required=True), shop.account()
    branch = shop.account(parent_id=lonely["id"], bill_to="parent")
    day = f"{shop.year}-03-01"
    parked = [subscribe(sql, shop.tenant, a, [{}], day) for a in (lonely, branch, strict, closed)]
    shop.api.patch(f"/v1/accounts/{closed['id']}", {"state": "closed"}, shop.api.get(f"/v1/accounts/{closed['id']}").etag).expect(200)
    shop.to("03-02")
    assert [look(sql, i, "park_code") for i in parked] == ["billing_contact_missing"] * 2 + ["po_number_required", "account_closed"]
    shop.api.post("/v1/contacts", {"account_id": lonely["id"], "name": "Office", "email": shop.mailbox("lonely"),
                                   "roles": ["billing"]}).expect(201)
    shop.quiet()
    assert [starts(shop, i) for i in parked] == [["03-01"], ["03-01"], [], []]
    shop.api.patch(f"/v1/accounts/{closed['id']}", {"state": "active"}, shop.api.get(f"/v1/accounts/{closed['id']}").etag).expect(200)
    seen = shop.api.get(f"/v1/subscriptions/{parked[2]}")
    shop.api.patch(f"/v1/subscriptions/{parked[2]}", {"po_number": "PO 7"}, seen.etag).expect(200)
    shop.quiet()
    wait_for(lambda: look(sql, parked[2], "parked_at") is None, 30, "one of two runs that waited for the other")
    assert [starts(shop, i) for i in parked] == [["03-01"]] * 4
    assert [look(sql, i, "parked_at", "park_code") for i in parked] == [(None, None)] * 4
    assert [tasks_of(shop, a) for a in (lonely, branch, strict, closed)] == [["done"]] * 4
    seen = shop.api.get(f"/v1/subscriptions/{parked[0]}").json
    assert (seen["retry_at"], seen["next_bill_on"]) == (None, f"{shop.year}-04-01")


def test_what_no_change_tells_of_is_tried_again_with_time(shop, sql):
    """A currency that there is by now: no event of the customer's says so."""
    ident = subscribe(sql, shop.tenant, shop.account(), [{}], f"{shop.year}-03-01", currency="QQQ")
    shop.to("03-01")
    assert look(sql, ident, "park_code") == "currency_unknown"
    with sql.cursor() as cursor:
        cursor.execute("SELECT retry_at - t.business_at, tries FROM billing.subscription_retry r JOIN tenant.tenant t ON t.id = r.tenant_id"
                       " WHERE r.subscription_id = %s", (ident,))
        ahead, tries = cursor.fetchone()
        assert ahead.total_seconds() == 9 * 3600 and tries == 3  # 0:00, 1:00, 5:00, 21:00
        cursor.execute("SET session_replication_role = replica; UPDATE billing.subscription SET currency = 'EUR' WHERE id = %s;"
                       " RESET session_replication_role", (ident,))
    shop.to("03-02")
    assert starts(shop, ident) == ["03-01"] and look(sql, ident, "parked_at") is None


def test_what_is_parked_and_over_is_not_tried_again(shop, sql):
    """Nothing is planned for it; one that stands still is tried when it goes on."""
    account = shop.account(contacts=[])
    gone, still = [subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-03-01") for _ in range(2)]
    shop.to("03-01", "00:30:00")
    retry = shop.api.get(f"/v1/subscriptions/{still}").json["retry_at"]
    assert retry and look(sql, gone, "park_code") == "billing_contact_missing"
    act(shop.api, {"id": still}, "pause")
    assert shop.api.get(f"/v1/subscriptions/{still}").json["retry_at"] is None
    shop.api.post("/v1/contacts", {"account_id": account["id"], "name": "Office", "email": shop.mailbox("late"), "roles": ["billing"]}).expect(201)
    shop.quiet()
    assert (starts(shop, gone), starts(shop, still)) == (["03-01"], [])
    shop.to("03-01", "02:00:00")  # past what was planned for both
    with sql.cursor() as cursor:
        cursor.execute("SELECT min(due_at) - (SELECT business_at FROM tenant.tenant WHERE id = %s) FROM job.schedule WHERE tenant_id = %s"
                       " AND kind = 'billing_run'", (shop.tenant.id, shop.tenant.id))
        assert cursor.fetchone()[0] > datetime.timedelta(days=20)
    act(shop.api, {"id": still}, "resume")
    wait_for(lambda: look(sql, still, "parked_at") is None, 30, "its bill")
    assert starts(shop, still) == ["03-01"]


def test_it_has_ended_on_the_day_when_its_last_bill_is_made(shop, sql):
    account = shop.account(contacts=[])
    late = subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-03-01", end_date=f"{shop.year}-03-20")
    shop.to("03-25")
    assert look(sql, late, "state", "park_code") == ("active", "billing_contact_missing")
    shop.api.post("/v1/contacts", {"account_id": account["id"], "name": "Office", "email": shop.mailbox("late"), "roles": ["billing"]}).expect(201)
    wait_for(lambda: look(sql, late, "state") == "ended", 30, "its end")  # by a schedule that is due at once
    assert starts(shop, late) == ["03-01"]


TOO_SLOW = "RAISE EXCEPTION 'slow' USING ERRCODE = 'query_canceled';"


def test_a_batch_whose_tries_are_used_up_is_halved_until_the_bad_one_is_alone(shop, sql):
    """X39, P22: what may pass, and never does."""
    account = shop.account()
    day = f"{shop.year}-03-01"
    fine = [subscribe(sql, shop.tenant, account, [{}], day) for _ in range(4)]
    bad = subscribe(sql, shop.tenant, account, [{}], day)
    with harm(sql, bad, TOO_SLOW):
        shop.to("03-01", "00:30:00")  # it is not tried again yet
    assert [len(documents(shop, i)) for i in fine] == [1, 1, 1, 1] and documents(shop, bad) == []
    assert look(sql, bad, "park_code", "park_reason") == ("timeout", "It was tried again and again. The database took too long.")
    run = min(shop.api.all("/v1/billing_runs"), key=lambda r: r["id"])
    assert (run["state"], run["due"], run["billed"], run["parked"]) == ("finished", 5, 4, 1)
    told = [e for e in feed(shop.api) if e["type"] == "billing_run.finished"]
    assert told[0]["payload"] == {"due": 5, "billed": 4, "parked": 1}
    [task] = [t for t in shop.api.all("/v1/tasks") if t["kind"] == "subscription_parked"]
    assert (task["state"], task["account_id"]) == ("open", account["id"])
    # Mended and released it is billed; nobody else's is billed again.
    shop.api.post(f"/v1/subscriptions/{bad}/release").expect(200)
    shop.quiet()
    assert [len(documents(shop, i)) for i in [*fine, bad]] == [1] * 5


def remove(shop, invoice):
    shop.api.delete(f"/v1/invoices/{invoice['id']}", shop.api.get(f"/v1/invoices/{invoice['id']}").etag).expect(204)


def skipped(shop, ident):
    return [(p["period_start"][5:], p["period_end"][5:]) for p in shop.api.get(f"/v1/subscriptions/{ident}").json["skipped"]]


def bill_skipped(shop, ident, month_day):
    return shop.api.post(f"/v1/subscriptions/{ident}/bill_skipped", {"period_start": f"{shop.year}-{month_day}"})


def test_a_draft_that_is_deleted_skips_its_period_until_it_is_billed_again(shop, sql):
    """No period is lost without a word, none is billed twice, and a coupon is as good as before."""
    ident = subscribe(sql, shop.tenant, shop.account(), [{"unit_price": "30"}], f"{shop.year}-03-01", billing_mode="draft",
                      discounts=[{"percent": "10"}, {"amount": 100, "periods_left": 1}])
    shop.to("03-01")
    [march] = documents(shop, ident)
    assert march["net_total"] == 2600
    version = shop.api.get(f"/v1/subscriptions/{ident}").json["version"]
    remove(shop, march)
    seen = shop.api.get(f"/v1/subscriptions/{ident}").json
    assert skipped(shop, ident) == [("03-01", "04-01")] and seen["version"] > version
    assert (seen["skipped"][0]["invoice_id"], seen["next_bill_on"][5:]) == (march["id"], "04-01")
    assert [d["periods_left"] for d in seen["discounts"]] == [None, 1]
    shop.to("04-01")  # it goes on, and nobody bills March by himself
    [april] = documents(shop, ident)
    assert (april["period_start"][5:], april["net_total"]) == ("04-01", 2600)
    problem(bill_skipped(shop, ident, "04-01"), 409, "wrong_state")
    problem(shop.tenant.as_role("read_only").post(f"/v1/subscriptions/{ident}/bill_skipped", {"period_start": f"{shop.year}-03-01"}), 403)
    bill_skipped(shop, ident, "03-01").expect(200)
    problem(bill_skipped(shop, ident, "03-01"), 409, "wrong_state")
    again, april = documents(shop, ident)
    assert (again["status"], again["net_total"], again["period_start"], again["period_end"]) == (
        "pending_approval", 2700, march["period_start"], march["period_end"])
    assert skipped(shop, ident) == [] and look(sql, ident, "next_bill_on").isoformat() == f"{shop.year}-05-01"
    types = [(e["type"], e["payload"].get("period_start") or e["payload"].get("billed_on")) for e in feed(shop.api)
             if e["id"] == ident and e["type"] != "subscription.created"]
    assert types == [(kind, f"{shop.year}-{day}") for kind, day in [("subscription.billed", "03-01"), ("subscription.period_skipped", "03-01"),
                                                                    ("subscription.billed", "04-01"), ("subscription.billed", "03-01")]]
    shop.api.post(f"/v1/invoices/{again['id']}/finalize").expect(200)
    problem(shop.api.delete(f"/v1/invoices/{again['id']}", shop.api.get(f"/v1/invoices/{again['id']}").etag), 409, "final_document")


def test_a_skipped_period_is_billed_once_and_as_a_run_would(shop, sql):
    account = shop.account(payment_terms=7)
    ident = subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-03-01", billing_mode="draft")
    shop.to("03-01")
    remove(shop, documents(shop, ident)[0])
    seen = shop.api.get(f"/v1/subscriptions/{ident}")
    shop.api.patch(f"/v1/subscriptions/{ident}", {"billing_mode": "finalize"}, seen.etag).expect(200)
    [contact] = shop.api.all("/v1/contacts", account_id=account["id"])
    shop.api.patch(f"/v1/contacts/{contact['id']}", {"roles": []}, shop.api.get(f"/v1/contacts/{contact['id']}").etag).expect(200)
    problem(bill_skipped(shop, ident, "03-01"), 422, "billing_contact_missing")
    assert skipped(shop, ident) == [("03-01", "04-01")] and documents(shop, ident) == []
    shop.api.patch(f"/v1/contacts/{contact['id']}", {"roles": ["billing"]}, shop.api.get(f"/v1/contacts/{contact['id']}").etag).expect(200)
    shop.api.post("/v1/payments", {"account_id": account["id"], "amount": 400, "kind": "bank"}).expect(201)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = sorted(r.status for r in pool.map(lambda _: shop.api.with_headers().post(
            f"/v1/subscriptions/{ident}/bill_skipped", {"period_start": f"{shop.year}-03-01"}), range(8)))
    assert answers == [200] + [409] * 7
    [made] = documents(shop, ident)
    assert (made["status"], made["total"], made["paid"], made["issue_date"], made["due_date"]) == (
        "partially_paid", 1000, 400, f"{shop.year}-03-01", f"{shop.year}-03-08")
    shop.to("04-01")
    assert starts(shop, ident) == ["03-01", "04-01"]


def test_days_that_a_change_has_billed_are_not_billed_again(shop):
    made = api_subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="draft").expect(201).json
    shop.to("04-01")
    remove(shop, documents(shop, made["id"])[0])
    shop.to("04-16")
    act(shop.api, made, "change", {"plan_id": plan(shop.api, "60")["id"]})
    changed = document(shop, made)
    assert changed["net_total"] == 3000
    shop.to("05-02")
    remove(shop, next(d for d in shop.api.all("/v1/invoices", subscription_id=made["id"]) if d["period_start"] == f"{shop.year}-05-01"))
    before = {d["id"] for d in shop.api.all("/v1/invoices", subscription_id=made["id"])}
    bill_skipped(shop, made["id"], "04-01").expect(200)
    left, = [shop.api.get(f"/v1/invoices/{d['id']}").json for d in shop.api.all("/v1/invoices", subscription_id=made["id"]) if d["id"] not in before]
    assert (left["kind"], [(n["period_start"][5:], n["period_end"][5:], n["net"]) for n in left["lines"]]) == ("standard", [("04-01", "04-16", 1500)])
    assert skipped(shop, made["id"]) == [("05-01", "06-01")]  # which is another one's matter
    problem(bill_skipped(shop, made["id"], "04-01"), 409, "wrong_state")
    told = [e["payload"] for e in shop.api.all("/v1/events", object_id=made["id"]) if e["payload"].get("invoice_id") == left["id"]]
    assert [p["billed_on"] for p in told] == [f"{shop.year}-04-01"]
    bill_skipped(shop, made["id"], "05-01").expect(200)
    assert skipped(shop, made["id"]) == []
    for draft in shop.api.all("/v1/invoices", subscription_id=made["id"]):
        shop.api.post(f"/v1/invoices/{draft['id']}/finalize").expect(200)
    balanced(shop)


def test_what_changes_have_left_of_a_skipped_period_is_billed_less_its_discounts(shop):
    """Percent, for so many and for ever, by whoever bills the days; where changes have billed all there is nothing left."""
    codes = [shop.api.post("/v1/coupons", {"code": f"LEFT-{n}", "name": "Left", **what}).expect(201).json["code"]
             for n, what in enumerate(({"percent": "50", "periods": 1}, {"percent": "10"}))]
    made = api_subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30")["id"], start_date=f"{shop.year}-04-01", billing_mode="draft",
                         coupons=codes).expect(201).json
    shop.to("04-01")
    remove(shop, documents(shop, made["id"])[0])
    shop.to("04-16")
    act(shop.api, made, "change", {"plan_id": plan(shop.api, "60")["id"]})
    assert document(shop, made)["net_total"] == 2700  # the one for one document is for the next
    bill_skipped(shop, made["id"], "04-01").expect(200)
    assert document(shop, made)["net_total"] == 675
    shown = shop.api.get(f"/v1/subscriptions/{made['id']}").json
    assert [d["periods_left"] for d in shown["discounts"]] == [0, None]
    other = api_subscribe(shop.api, shop.account(), plan_id=plan(shop.api, "30", code="Q")["id"], start_date=f"{shop.year}-04-16", billing_mode="draft").expect(201).json
    shop.quiet()
    remove(shop, documents(shop, other["id"])[0])
    act(shop.api, other, "change", {"plan_id": plan(shop.api, "60", code="R")["id"]})
    assert document(shop, other)["net_total"] == 6000
    assert "all that is charged" in problem(bill_skipped(shop, other["id"], "04-16"), 409, "wrong_state")["detail"]


def test_discounts_lower_as_many_documents_as_they_say_and_credit_is_used(shop, sql):
    account = shop.account(tax_category="exempt", exemption_reason="Charity")
    shop.api.post("/v1/payments", {"account_id": account["id"], "amount": 2500, "kind": "bank"}).expect(201)
    ident = subscribe(sql, shop.tenant, account, [{"quantity": "2", "unit_price": "10", "discount_percent": "10"}], f"{shop.year}-03-01",
                      discount_percent="5", discounts=[{"percent": "50", "periods_left": 2}, {"amount": 100}])
    shop.to("05-02")
    shown = documents(shop, ident)
    # 18.00 less 5 % is 17.10; half of it 8.55; less 1.00 is 7.55; the third without the half is 16.10.
    assert [d["net_total"] for d in shown] == [755, 755, 1610]
    assert [(d["status"], d["paid"]) for d in shown] == [("paid", d["total"]) if n < 2 else ("partially_paid", 2500 - 2 * shown[0]["total"])
                                                       for n, d in enumerate(shown)]


def test_a_document_is_mailed_where_the_subscription_says_so(shop, sql):
    account = shop.account()
    ident = subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-03-01", billing_mode="send")
    shop.to("03-02")
    [made] = documents(shop, ident)
    wait_for(lambda: shop.api.get(f"/v1/invoices/{made['id']}").json["delivery_status"] == "sent", 30, "the mail")
    events = [e for e in feed(shop.api) if e["id"] == made["id"]]
    assert events[0]["type"] == "invoice.finalized" and "invoice.created" in events[0]["also"]


def test_one_run_at_a_time_and_who_may_ask_for_it(shop, sql):
    with sql.cursor() as cursor:
        cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL);"
                       " INSERT INTO billing.billing_run (id, as_of) VALUES (base.new_id(), '2026-01-01') RETURNING id", (shop.tenant.id,))
        run = cursor.fetchone()[0]
        cursor.execute("SELECT job.emit('billing_run.created', 'billing_run', %s); COMMIT", (run,))
    problem(shop.api.post("/v1/billing_runs", {}), 409, "wrong_state")
    with sql.cursor() as cursor:
        cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL); SELECT billing.run_end(%s); COMMIT",
                       (shop.tenant.id, run))
    problem(shop.tenant.as_role("read_only").post("/v1/billing_runs", {}), 403)
    shop.api.post("/v1/billing_runs").expect(201)
    shop.quiet()


def test_what_nobody_has_said_is_found(shop, sql):
    """A bill date that came into the table past everybody is found by the watch."""
    ident = subscribe(sql, shop.tenant, shop.account(), [{}], f"{shop.year}-02-20", expect=False)
    with sql.cursor() as cursor:  # as the duty does when its turn comes
        cursor.execute("SELECT billing.door_due()")
        assert shop.tenant.id in {row[0] for row in cursor.fetchall()}
        cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL); SELECT billing.run_watch(); COMMIT", (shop.tenant.id,))
    shop.quiet()
    assert starts(shop, ident) == ["02-20"]
