"""Billing runs: what is due is billed when its day comes by its account's clock, once, and what cannot be billed is set aside."""
import datetime
import zoneinfo

import pytest

from harness.problem import problem
from harness.sandbox import Sandbox
from harness.subscribed import look, subscribe
from harness.wait import wait_for


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
    [run] = shop.api.all("/v1/billing_runs")
    assert (run["state"], run["due"], run["billed"], run["parked"]) == ("finished", 8, 3, 5)
    tasks = [t for t in shop.api.all("/v1/tasks") if t["kind"] == "subscription_parked"]
    assert len(tasks) == 5 and {t["state"] for t in tasks} == {"open"}
    # Nothing of it is tried again by itself; a release is, and says so where nothing has changed.
    shop.to("04-02")
    parked = bad["billing_contact_missing"]
    assert documents(shop, parked) == []
    shop.api.post(f"/v1/subscriptions/{parked}/release").expect(200)
    shop.quiet()
    assert look(sql, parked, "park_code") == "billing_contact_missing"
    shop.api.post("/v1/contacts", {"account_id": lonely["id"], "name": "Office", "email": shop.mailbox("lonely"),
                                   "roles": ["billing"]}).expect(201)
    shop.api.post(f"/v1/subscriptions/{parked}/release").expect(200)
    shop.quiet()
    assert starts(shop, parked) == ["03-01", "04-01"]
    shop.api.post(f"/v1/subscriptions/{parked}/release").expect(409)
    assert {t["state"] for t in shop.api.all("/v1/tasks", account_id=lonely["id"]) if t["kind"] == "subscription_parked"} == {"done"}


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
    events = [e for e in shop.api.get("/v1/changes").json["data"] if e["id"] == made["id"]]
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
