"""Renewals: told of by mail, with what the next term will charge; the renewal charges that. Rows R40 to R42."""
import pytest

from harness.problem import pointers, problem
from harness.sandbox import Sandbox, local
from harness.wait import wait_for
from test_subscriptions import ITEM, act, add_version, events, look, plan, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February."""
    return Sandbox(new_tenant("renewed"))


def preview(shop, subscription, status=200):
    return act(shop.api, subscription, "preview_renewal", status=status)


def deliveries(shop, subscription):
    return shop.api.all("/v1/deliveries", subscription_id=subscription["id"])


def told(shop, subscription):
    """(step, mailbox, local day and hour, state) in the order in which they were asked for."""
    return [(d["step"][8:], d["recipient"].split("@")[0], local(d["business_at"]), d["state"])
            for d in sorted(deliveries(shop, subscription), key=lambda d: (d["business_at"], d["recipient"]))]


def settings(shop, **choices):
    tenant = shop.tenant.as_role("owner").get("/v1/settings").expect(200)
    shop.tenant.as_role("owner").patch("/v1/settings", {"settings": {"billing": choices}}, tenant.etag).expect(200)


def taxed(shop, rate="20"):
    shop.api.post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": rate}).expect(201)


def uplifted(shop, **more):
    """A subscription of two months at 49 the seat, three of them, whose plan has a version at 60 for those who renew; one at 99 is not for them."""
    sold = plan(shop.api, version={"term": 2, "notice_days": 14})
    made = subscribe(shop.api, shop.account(**more.pop("account", {})), plan_id=sold["id"], quantities=[{"charge": "seat", "quantity": "3"}],
                     add_ons=[{"charge": "sms"}], start_date=f"{shop.year}-02-27", billing_mode="finalize", **more).expect(201).json
    made["newer"] = add_version(shop.api, sold, applies_to="renewing", prices=[
        {"charge": "seat", "currency": "EUR", "unit_price": "60"}, {"charge": "sms", "currency": "EUR", "unit_price": "5"}])
    add_version(shop.api, sold, prices=[{"charge": "seat", "currency": "EUR", "unit_price": "99"}, {"charge": "sms", "currency": "EUR", "unit_price": "9"}])
    return made


# ---- what it will charge ----

def test_a_preview_is_what_the_renewal_bills(shop):
    """R40: old and new price, the uplift, by the interval and the term, to the cent of the documents that follow."""
    taxed(shop)
    made = uplifted(shop)
    shown = preview(shop, made)
    assert (shown["renews"], shown["term_start"], shown["term_end"]) == (True, f"{shop.year}-04-27", f"{shop.year}-06-27")
    assert (shown["plan_version_id"], shown["new_version"], shown["currency"]) == (made["newer"]["id"], True, "EUR")
    assert [(i["plan_charge"], i["quantity"], i["unit_price_before"], i["unit_price"], i["amount_before"], i["amount"], i["change_percent"])
            for i in shown["items"]] == [("seat", "3", "49", "60", 14700, 18000, "22.45"), ("sms", "1", "5", "5", 500, 500, "0")]
    assert shown["period"] == {"net_total_before": 15200, "tax_total_before": 3040, "total_before": 18240,
                               "net_total": 18500, "tax_total": 3700, "total": 22200, "change_percent": "21.71"}
    assert shown["term"] == {"net_total_before": 30400, "tax_total_before": 6080, "total_before": 36480,
                             "net_total": 37000, "tax_total": 7400, "total": 44400, "change_percent": "21.71"}
    shop.to("06-26")
    rows = {r["period_start"][5:]: r["total"] for r in shop.api.all("/v1/invoices", subscription_id=made["id"])}
    assert rows == {"02-27": 18240, "03-27": 18240, "04-27": 22200, "05-27": 22200}
    assert rows["04-27"] + rows["05-27"] == shown["term"]["total"] and rows["04-27"] == shown["period"]["total"]


def test_coupons_that_end_on_the_way_are_reckoned_with(shop):
    """Good for three documents, two of them before the term: the first of the next term is the last that it lowers."""
    taxed(shop)
    code = shop.api.post("/v1/coupons", {"code": "THREE", "name": "Three", "percent": "50", "periods": 3}).expect(201).json["code"]
    made = subscribe(shop.api, shop.account(), items=[{**ITEM, "unit_price": "100"}, {**ITEM, "unit_price": "600", "recurring": "year"}], term=2,
                     coupons=[code], discount_percent="10", start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json
    shown = preview(shop, made)
    assert (shown["new_version"], shown["plan_version_id"]) == (False, None)
    # The year's item is billed with the first term alone; 10 % of the whole, then the coupon.
    assert (shown["period"]["net_total"], shown["term"]["net_total"], shown["term"]["total"]) == (4500, 13500, 16200)
    assert shown["term"]["change_percent"] == "0"
    shop.to("06-26")
    rows = {r["period_start"][5:]: r["total"] for r in shop.api.all("/v1/invoices", subscription_id=made["id"])}
    assert (rows["04-27"] + rows["05-27"], rows["04-27"]) == (shown["term"]["total"], shown["period"]["total"])


def test_a_charge_that_ends_and_one_that_begins(shop):
    sold = plan(shop.api, version={"term": 1})
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json
    add_version(shop.api, sold, applies_to="renewing", charges=[{"code": "base", "description": "Base"}],
                prices=[{"charge": "base", "currency": "EUR", "unit_price": "70"}])
    shown = preview(shop, made)
    assert [(i["plan_charge"], i["amount_before"], i["amount"], i["change_percent"]) for i in shown["items"]] == [
        ("seat", 9800, None, None), ("base", None, 7000, None)]
    assert (shown["term"]["net_total_before"], shown["term"]["net_total"], shown["term"]["change_percent"]) == (9800, 7000, "-28.57")
    shop.to("03-28")
    rows = {r["period_start"][5:]: r["net_total"] for r in shop.api.all("/v1/invoices", subscription_id=made["id"])}
    assert rows == {"02-27": 9800, "03-27": 7000}


def test_a_version_of_another_interval_begins_with_the_term(shop):
    """Two months, then by the year: periods are counted from the renewal, a term is the version's."""
    sold = plan(shop.api, version={"term": 2})
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-01-31", billing_mode="finalize").expect(201).json
    add_version(shop.api, sold, applies_to="renewing", recurring="year", term=1, charges=[{"code": "seat", "description": "Seat"}],
                prices=[{"charge": "seat", "currency": "EUR", "unit_price": "500"}])
    shown = preview(shop, made)
    assert (shown["term_start"], shown["term_end"], shown["term"]["net_total"]) == (f"{shop.year}-03-31", f"{shop.year + 1}-03-31", 100000)
    assert shown["term"]["net_total_before"] == 12 * 9800
    shop.to("05-01")
    after = look(shop.api, made)
    assert (after["term"], after["term_end"], after["next_bill_on"]) == (1, f"{shop.year + 1}-03-31", f"{shop.year + 1}-03-31")
    rows = {r["period_start"][5:]: r["net_total"] for r in shop.api.all("/v1/invoices", subscription_id=made["id"])}
    assert rows == {"01-31": 9800, "02-28": 9800, "03-31": 100000}


def test_who_has_no_term_has_no_renewal(shop):
    account = shop.account()
    endless = subscribe(shop.api, account, items=[ITEM], billing_mode="draft").expect(201).json
    assert "no term" in problem(shop.api.post(f"/v1/subscriptions/{endless['id']}/preview_renewal"), 409, "wrong_state")["detail"]
    pending = subscribe(shop.api, account, items=[ITEM], term=3, pending=True).expect(201).json
    problem(shop.api.post(f"/v1/subscriptions/{pending['id']}/preview_renewal"), 409, "wrong_state")
    ending = subscribe(shop.api, account, items=[ITEM], term=3, auto_renew=False, billing_mode="draft").expect(201).json
    shown = preview(shop, ending)
    assert (shown["renews"], shown["term"]["net_total"]) == (False, 14700)
    assert shop.tenant.as_role("sales").post(f"/v1/subscriptions/{ending['id']}/preview_renewal").expect(200).json == shown


# ---- it is told of ----

def test_told_by_mail_thirty_seven_and_one_days_before(shop, mail):
    """R41: to each billing contact once each, at nine by the account's clock, with what it will cost and how to end it."""
    taxed(shop)
    made = uplifted(shop, account={"contacts": [{"name": "Office", "email": shop.mailbox(), "roles": ["billing"]},
                                                {"name": "Books", "email": shop.mailbox("books"), "roles": ["billing"]},
                                                {"name": "Chef", "email": shop.mailbox("chef"), "roles": ["buyer"]}]})
    shop.to("03-28", "07:59:59")
    assert told(shop, made) == []
    shop.to("04-28")
    each = [("30", "03-28 08:00"), ("7", "04-20 08:00"), ("1", "04-26 08:00")]  # nine in Vienna's summer
    assert told(shop, made) == [(f"{shop.year}-04-27:{days}", who, when, "sent") for days, when in each for who in ("books", "office")]
    first, second, last = mail.wait(shop.mailbox(), "Care renews on April 27", 3)
    text = first.get_body(("plain",)).get_content()
    assert "Dear Office" in text and f"renews on April 27, {shop.year} and goes on until June 26, {shop.year}" in text
    assert "comes to €444.00" in text and "At today's prices that would be €364.80" in text
    assert f"tell us by April 13, {shop.year}" in text
    assert "tell us in time" in second.get_body(("plain",)).get_content()  # it is too late for this term
    assert "<html" in last.get_body(("html",)).get_content()
    assert len(mail.messages(shop.mailbox("books"), "renews")) == 3 and not mail.messages(shop.mailbox("chef"))
    assert [n["days_before"] for n in look(shop.api, made)["notices"]] == [30, 7, 1]
    one = deliveries(shop, made)[0]
    assert (one["template"], one["invoice_id"], one["subscription_id"]) == ("subscription_renewal", None, made["id"])
    shown = shop.api.get(f"/v1/accounts/{made['account_id']}/timeline", limit=200).expect(200).json["data"]
    assert len([e for e in shown if e["type"] == "delivery.sent" and e["payload"].get("subscription_id") == made["id"]]) == 6
    task, = [t for t in shop.api.all("/v1/tasks", account_id=made["account_id"]) if t["kind"] == "renewal"]
    assert "21.71 %" in task["body"]


def test_in_the_readers_language_by_the_tenants_own_words(shop, mail):
    sold = plan(shop.api, version={"term": 1})
    people = {"locale": "de-AT", "contacts": [{"name": "Anna", "email": shop.mailbox("anna"), "roles": ["billing"]}]}
    subscribe(shop.api, shop.account(**people), plan_id=sold["id"], start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201)
    shop.to("03-20")
    text = mail.wait(shop.mailbox("anna"), "Care verlängert sich am 27. März")[0].get_body(("plain",)).get_content()
    assert f"läuft dann bis zum 26. April {shop.year}" in text and "€\xa098,00" in text and "heutigen Preisen" not in text
    owner = shop.tenant.as_role("owner")
    owner.post("/v1/templates", {"kind": "subscription_renewal", "locale": "de", "subject": "Es geht weiter: {{name}}",
                                 "text": "{{term_net}} {{change_percent}} % {{next_last_day}}"}).expect(201)
    shop.to("03-26")
    message, = mail.wait(shop.mailbox("anna"), "Es geht weiter: Care")
    assert message.get_body(("plain",)).get_content().startswith("€\xa098,00 0 % 26. April")


def test_a_term_that_ends_is_told_of_as_such(shop, mail):
    made = subscribe(shop.api, shop.account(), name="Winter care", items=[ITEM], start_date=f"{shop.year}-02-27", term=1, auto_renew=False,
                     billing_mode="finalize").expect(201).json
    shop.to("03-20")
    text = mail.wait(shop.mailbox(), "Winter care ends with March 26")[0].get_body(("plain",)).get_content()
    assert "does not renew by itself" in text and "€" not in text
    shop.to("03-28")
    assert [days for days, *_ in told(shop, made)] == [f"{shop.year}-03-27:7", f"{shop.year}-03-27:1"]
    assert look(shop.api, made)["state"] == "ended"


def test_nobody_is_told_who_is_not_to_be(shop, mail):
    """A tenant's choice; what was cancelled renews no more; who has no address; the payer is told, not the branch."""
    assert pointers(problem(shop.tenant.as_role("owner").patch("/v1/settings", {"settings": {"billing": {"renewal_mails": "no"}}}, shop.tenant.as_role(
        "owner").get("/v1/settings").etag), 422)) == {"/settings/billing/renewal_mails": "invalid"}
    group = shop.account(contacts=[{"name": "Group", "email": shop.mailbox("group"), "roles": ["billing"]}])
    branch = shop.account(parent_id=group["id"], bill_to="parent", contacts=[{"name": "Branch", "email": shop.mailbox("branch"), "roles": ["billing"]}])
    nobody = shop.account(contacts=[])
    start = {"items": [ITEM], "term": 2, "start_date": f"{shop.year}-02-27", "billing_mode": "finalize"}
    one, mute, gone = (subscribe(shop.api, a, **start).expect(201).json for a in (branch, nobody, branch))
    shop.to("03-29")
    assert [who for _, who, *_ in told(shop, one)] == ["group"] and told(shop, mute) == []
    assert [n["days_before"] for n in look(shop.api, mute)["notices"]] == [30]
    act(shop.api, gone, "cancel", {"at": "term_end"})
    settings(shop, renewal_mails=False)
    shop.to("04-21")
    settings(shop, renewal_mails=True)
    shop.to("04-26")
    assert [days[11:] for days, *_ in told(shop, one)] == ["30", "1"]
    assert [n["days_before"] for n in look(shop.api, one)["notices"]] == [30, 7, 1]
    assert [days[11:] for days, *_ in told(shop, gone)] == ["30"]


def test_a_mail_that_waits_is_not_sent_for_what_is_over(shop, sql):
    """Asked once more when it is about to be sent: cancelled meanwhile, or renewed."""
    made = subscribe(shop.api, shop.account(), items=[ITEM], term=2, start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json

    def still(**data):
        import json
        with sql.cursor() as cursor:
            cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL)", (shop.tenant.id,))
            cursor.execute("SELECT document.still_to_mail('subscription', %s, 'subscription_renewal', %s)", (made["id"], json.dumps(data)))
            found = cursor.fetchone()[0]
            cursor.execute("ROLLBACK")
        return found

    assert still(term_end=f"{shop.year}-04-27", renews=True)
    assert not still(term_end=f"{shop.year}-06-27", renews=True) and not still(term_end=f"{shop.year}-04-27", renews=False)
    act(shop.api, made, "cancel", {"at": "term_end"})
    assert not still(term_end=f"{shop.year}-04-27", renews=True)


def test_what_cannot_be_reckoned_is_told_without_a_price(shop, mail):
    """Its bill dates are parked; that its term ends is told all the same."""
    huge = {**ITEM, "unit_price": "90000000000000"}
    made = subscribe(shop.api, shop.account(), name="Huge", items=[huge, huge], start_date=f"{shop.year}-02-27", term=1, billing_mode="finalize").expect(201).json
    problem(shop.api.post(f"/v1/subscriptions/{made['id']}/preview_renewal"), 422, "out_of_range")
    shop.to("03-21")
    text = mail.wait(shop.mailbox(), "Huge renews on March 27")[0].get_body(("plain",)).get_content()
    assert "goes on until" in text and "comes to" not in text and look(shop.api, made)["park_code"] == "out_of_range"


def test_a_notice_on_the_day_of_a_resumption_is_not_lost(shop):
    """A pause that ends on the notice's day at midnight leaves it to be given at nine."""
    made = subscribe(shop.api, shop.account(), items=[ITEM], term=2, start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json
    shop.quiet()
    act(shop.api, made, "pause", {"on": f"{shop.year}-03-05", "resume_on": f"{shop.year}-03-28"})
    shop.to("03-29")
    assert look(shop.api, made)["state"] == "active"
    assert told(shop, made) == [(f"{shop.year}-04-27:30", "office", "03-28 08:00", "sent")]


# ---- whom a version reaches ----

def version(shop, sold, price, **more):
    return add_version(shop.api, sold, prices=[{"charge": "seat", "currency": "EUR", "unit_price": price},
                                               {"charge": "sms", "currency": "EUR", "unit_price": "5"}], **more)


def billed(shop, subscription):
    return {r["period_start"][5:]: r["net_total"] for r in shop.api.all("/v1/invoices", subscription_id=subscription["id"])}


def test_a_version_that_reaches_those_who_have_the_plan(shop):
    """R42: from the first bill date on that is not before its day and has not been billed; never past invoices; not who keeps their price."""
    sold, account = plan(shop.api), shop.account()
    start = {"plan_id": sold["id"], "billing_mode": "finalize"}
    made, kept = (subscribe(shop.api, account, start_date=f"{shop.year}-02-15", **start, **more).expect(201).json for more in ({}, {"keeps_price": True}))
    own = subscribe(shop.api, account, items=[ITEM], billing_mode="finalize").expect(201).json
    still = subscribe(shop.api, account, start_date=f"{shop.year}-02-20", **start).expect(201).json
    shop.quiet()
    act(shop.api, still, "pause", {"on": f"{shop.year}-03-10", "resume_on": f"{shop.year}-05-20"})
    newer = version(shop, sold, "60", applies_to="running", valid_from=f"{shop.year}-04-01")
    shop.to("03-31")
    assert look(shop.api, made)["upcoming_items"] == []
    shop.to("04-02")
    shown = look(shop.api, made)
    assert [(i["unit_price"], i["valid_from"]) for i in shown["upcoming_items"]] == [("60", f"{shop.year}-04-15")]
    assert (shown["items"][0]["unit_price"], shown["plan_version_id"]) == ("49", sold["version"]["id"])
    shop.to("06-21")
    assert billed(shop, made) == {"02-15": 9800, "03-15": 9800, "04-15": 12000, "05-15": 12000, "06-15": 12000}
    assert billed(shop, kept) == {"02-15": 9800, "03-15": 9800, "04-15": 9800, "05-15": 9800, "06-15": 9800}
    assert (billed(shop, still)["05-20"], billed(shop, own)["05-27"]) == (12000, 4900)
    shown = look(shop.api, made)
    assert (shown["plan_version_id"], charged_prices(shown)) == (newer["id"], ["60"])
    told = [e for e in shop.api.all("/v1/events", object_id=made["id"]) if e["type"] == "subscription.price_changed"]
    assert [(e["payload"]["effective_on"], e["payload"]["plan_version_id"]) for e in told] == [(f"{shop.year}-04-15", newer["id"])]


def charged_prices(subscription):
    return [i["unit_price"] for i in subscription["items"]]


def test_a_version_of_today_reaches_what_has_not_been_billed(shop):
    sold = plan(shop.api)
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-02-15", billing_mode="finalize").expect(201).json
    shop.quiet()
    version(shop, sold, "60", applies_to="running")
    shop.quiet()
    shop.to("03-16")
    assert billed(shop, made) == {"02-15": 9800, "03-15": 12000}


def test_of_another_interval_it_waits_for_the_renewal(shop):
    sold = plan(shop.api, version={"term": 2})
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-02-15", billing_mode="finalize").expect(201).json
    shop.quiet()
    version(shop, sold, "600", applies_to="running", recurring="year", term=1)
    archived = version(shop, sold, "1", applies_to="running", valid_from=f"{shop.year}-03-10")
    shop.api.delete(f"/v1/plan_versions/{archived['id']}", archived).expect(204)
    assert preview(shop, made)["term"]["net_total"] == 120000
    shop.to("04-16")
    assert billed(shop, made) == {"02-15": 9800, "03-15": 9800, "04-15": 120000}


def test_the_tenant_says_whom_a_version_reaches_that_does_not_say(shop):
    sold = plan(shop.api)
    assert version(shop, sold, "1")["applies_to"] == "new"
    settings(shop, version_reach="renewing")
    assert version(shop, sold, "2")["applies_to"] == "renewing"
    assert version(shop, sold, "3", applies_to="new")["applies_to"] == "new"


def test_who_keeps_their_price_renews_at_it(shop):
    made = uplifted(shop, keeps_price=True)
    shown = preview(shop, made)
    assert (shown["new_version"], shown["term"]["change_percent"]) == (False, "0")
    first = wait_for(lambda: (s := look(shop.api, made))["invoices"] and s, 30, "its first bill")
    free = shop.api.patch(f"/v1/subscriptions/{made['id']}", {"keeps_price": False}, first).expect(200).json
    assert free["keeps_price"] is False and preview(shop, made)["new_version"] is True
