"""Who has been told of a renewal renews by what was told: a plan's newer version is told anew in time, or waits. Rows R40 to R42."""
import threading

import pytest

from harness.sandbox import Sandbox
from harness.wait import wait_for
from test_renewals import billed, charged_prices, deliveries, preview, told, version
from test_subscriptions import add_version, look, plan, subscribe


@pytest.fixture
def shop(new_tenant):
    """A clock of one's own, on a 27th of February."""
    return Sandbox(new_tenant("told"))


def sold_for_two_months(shop, **terms):
    """Two seats at 49 for two months, until April 27; until the 13th it may be said that it does not go on."""
    sold = plan(shop.api, version={"term": 2, "notice_days": 14, **terms})
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json
    shop.quiet()
    return sold, made


def newer(shop, sold, price, **more):
    made = version(shop, sold, price, **{"applies_to": "renewing", "term": 2, "notice_days": 14, **more})
    shop.quiet()
    return made


def notices(shop, subscription, term_end="04-27"):
    return [(n["days_before"], n["plan_version_id"], n["term_net"]) for n in look(shop.api, subscription)["notices"]
            if n["term_end"] == f"{shop.year}-{term_end}"]


def books_balance(shop, subscription):
    """Each of its documents has its entry, and what was charged is what the journal says; the totals balance."""
    documents = shop.api.all("/v1/invoices", subscription_id=subscription["id"])
    lines = [line for document in documents for entry in shop.api.all("/v1/journal_entries", document_id=document["id"], fields="lines")
             for line in entry["lines"] if line["account_code"] == "1100"]
    assert sum(line["debit"] - line["credit"] for line in lines) == sum(d["total"] for d in documents) > 0
    totals = shop.api.get("/v1/reports/trial_balance").expect(200).json["totals"]
    assert totals and {t["difference"] for t in totals} == {0}


def test_a_version_that_comes_too_late_waits_for_the_renewal_after(shop, mail):
    """R41: told 98 a month, billed 98 a month: what came after the last day for notice is the next term's, and told before that."""
    sold, made = sold_for_two_months(shop)
    shop.to("04-14")
    assert notices(shop, made) == [(30, sold["version"]["id"], 19600)]
    late = newer(shop, sold, "60")
    shown = preview(shop, made)
    assert (shown["plan_version_id"], shown["new_version"], shown["term"]["net_total"]) == (sold["version"]["id"], False, 19600)
    assert (shown["told"]["plan_version_id"], shown["told"]["net_total"], shown["told"]["total"]) == (sold["version"]["id"], 19600, 19600)
    assert (shown["tell_by"], shown["waiting_version_id"]) == (f"{shop.year}-04-13", late["id"])
    shop.to("04-28")
    assert [days for days, *_ in notices(shop, made)] == [30, 7, 1]
    assert all("€196.00" in m.get_body(("plain",)).get_content() for m in mail.wait(shop.mailbox(), "renews on April 27", 3))
    assert billed(shop, made) == {"02-27": 9800, "03-27": 9800, "04-27": 9800}
    shop.to("06-28")
    assert notices(shop, made, "06-27")[0] == (30, late["id"], 24000)
    assert billed(shop, made) == {"02-27": 9800, "03-27": 9800, "04-27": 9800, "05-27": 9800, "06-27": 12000}
    books_balance(shop, made)


def test_a_version_that_comes_in_time_is_told_anew_and_renews(shop, mail):
    sold, made = sold_for_two_months(shop)
    shop.to("04-01")
    other = subscribe(shop.api, shop.account(), plan_id=sold["id"], billing_mode="finalize").expect(201).json
    better = newer(shop, sold, "60")
    assert notices(shop, made) == [(30, sold["version"]["id"], 19600), (26, better["id"], 24000)]
    assert look(shop.api, other)["notices"] == []
    shown = preview(shop, made)
    assert (shown["told"]["plan_version_id"], shown["plan_version_id"], shown["waiting_version_id"]) == (better["id"], better["id"], None)
    first, again = mail.wait(shop.mailbox(), "renews on April 27", 2)
    assert "€196.00" in first.get_body(("plain",)).get_content()
    text = again.get_body(("plain",)).get_content()
    assert "comes to €240.00" in text and f"tell us by April 13, {shop.year}" in text
    event, = [e for e in shop.api.all("/v1/events", object_id=made["id"]) if e["payload"].get("told_anew")]
    assert (event["type"], event["payload"]["plan_version_id"]) == ("subscription.renewal_due", better["id"])
    shop.to("04-28")
    assert [days for days, *_ in notices(shop, made)] == [30, 26, 7, 1]
    assert billed(shop, made)["04-27"] == 12000
    books_balance(shop, made)


def test_on_the_day_of_a_notice_and_on_the_last_day_for_one(shop):
    """The notice of nine is told anew at noon, by a mail of its own; so is it on the last day on which it may be ended, and not on the day after."""
    sold, made = sold_for_two_months(shop)
    shop.to("03-28", "08:01:00")  # nine in Vienna's summer
    shop.to("03-28")
    second = newer(shop, sold, "60")
    assert notices(shop, made) == [(30, second["id"], 24000)]
    third = newer(shop, sold, "61")
    assert sorted((step, state) for step, _, _, state in told(shop, made)) == [(f"{shop.year}-04-27:{at}", "sent") for at in ("30", "30:2", "30:3")]
    shop.to("04-13")
    last = newer(shop, sold, "62")
    assert notices(shop, made) == [(30, third["id"], 24400), (14, last["id"], 24800)]
    shop.to("04-13", "22:30:00")  # half past eleven there
    very_last = newer(shop, sold, "63")
    assert notices(shop, made)[1] == (14, very_last["id"], 25200)
    shop.to("04-13", "23:30:00")  # and half past midnight
    newer(shop, sold, "64")
    assert len(notices(shop, made)) == 2 and preview(shop, made)["term"]["net_total"] == 25200
    shop.to("04-28")
    assert billed(shop, made)["04-27"] == 12600


def test_what_was_told_stays_where_its_version_is_archived(shop):
    sold, made = sold_for_two_months(shop)
    cheaper = newer(shop, sold, "40")
    shop.to("04-01")
    assert notices(shop, made) == [(30, cheaper["id"], 16000)]
    shop.api.delete(f"/v1/plan_versions/{cheaper['id']}", cheaper).expect(204)
    assert preview(shop, made)["term"]["net_total"] == 16000
    shop.to("04-28")
    assert [v for _, v, _ in notices(shop, made)] == [cheaper["id"]] * 3 and billed(shop, made)["04-27"] == 8000


def test_who_kept_their_price_when_it_was_told_renews_at_it(shop):
    """Nobody may take the price that was told away later; as long as there is time, they are told anew, on the last day at the latest."""
    sold, made = sold_for_two_months(shop)
    early = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json
    newer(shop, sold, "60")
    for one in (made, early):
        shop.api.patch(f"/v1/subscriptions/{one['id']}", {"keeps_price": True}, look(shop.api, one)).expect(200)
    shop.to("04-02")
    shop.api.patch(f"/v1/subscriptions/{early['id']}", {"keeps_price": False}, look(shop.api, early)).expect(200)
    shop.to("04-14")
    shop.api.patch(f"/v1/subscriptions/{made['id']}", {"keeps_price": False}, look(shop.api, made)).expect(200)
    shop.to("04-28")
    assert [(days, net) for days, _, net in notices(shop, early)] == [(30, 19600), (14, 24000), (7, 24000), (1, 24000)]
    assert (billed(shop, made)["04-27"], billed(shop, early)["04-27"]) == (9800, 12000)


def test_one_that_reaches_all_who_have_the_plan_keeps_off_what_was_told(shop):
    """In time it is told anew, and charged from the next bill date on; too late it comes with the bill date after the renewal's."""
    sold = plan(shop.api, version={"term": 8, "notice_days": 14, "recurring": "week"})
    made = subscribe(shop.api, shop.account(), plan_id=sold["id"], start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json
    shop.to("03-27")
    assert notices(shop, made, "04-24") == [(30, sold["version"]["id"], 8 * 9800)]
    weekly = {"applies_to": "running", "recurring": "week", "term": 8}
    soon = newer(shop, sold, "60", **weekly)
    assert notices(shop, made, "04-24") == [(30, sold["version"]["id"], 8 * 9800), (28, soon["id"], 8 * 12000)]
    shop.to("04-12")
    late = newer(shop, sold, "70", **weekly)
    shown = preview(shop, made)
    assert (shown["term"]["net_total"], shown["waiting_version_id"]) == (8 * 12000, late["id"])
    shop.to("05-02")
    assert {d: n for d, n in billed(shop, made).items() if d > "03-20"} == {
        "03-27": 9800, "04-03": 12000, "04-10": 12000, "04-17": 12000, "04-24": 12000, "05-01": 14000}
    shown = look(shop.api, made)
    assert (shown["plan_version_id"], charged_prices(shown)) == (late["id"], ["70"])
    books_balance(shop, made)


def test_a_version_waits_for_who_is_being_told_and_the_other_way_round(shop, sql, product):
    """Race: what is told in a transaction is of the plan as it is until that ends."""
    sold, made = sold_for_two_months(shop)
    shop.to("03-29")
    made_by = {}
    teller = product.database()
    try:
        with teller.cursor() as cursor:
            cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL); SELECT billing.subscription_step_hold(%s)",
                           (shop.tenant.id, made["id"]))
            thread = threading.Thread(target=lambda: made_by.update(version(shop, sold, "60", applies_to="renewing", term=2)))
            thread.start()

            def waits():
                with sql.cursor() as look_at:
                    look_at.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%catalog.plan_hold%%'")
                    return look_at.fetchone()[0] == 1

            wait_for(waits, 20, "the version that waits for who is told")
            cursor.execute("COMMIT")
        thread.join(30)
    finally:
        teller.close()
    shop.quiet()
    assert notices(shop, made)[-1] == (29, made_by["id"], 24000)


def test_each_renews_by_what_it_was_told_whatever_versions_come_meanwhile(shop):
    """Race: versions are made while many are told; the last telling of each is of the last version, and what its term is billed at."""
    sold = plan(shop.api, version={"term": 1, "notice_days": 6})
    account = shop.account()
    made = [subscribe(shop.api, account, plan_id=sold["id"], start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json for _ in range(12)]
    shop.quiet()
    prices = list(range(50, 80))

    def make():
        api = shop.api.with_headers()
        for price in prices:
            add_version(api, sold, applies_to="renewing", term=1, notice_days=6, prices=[
                {"charge": code, "currency": "EUR", "unit_price": str(price)} for code in ("seat", "sms")])

    maker = threading.Thread(target=make)
    shop.to("03-20", "08:59:00")
    maker.start()
    try:
        shop.to("03-20", "09:00:30")
    finally:
        maker.join()
    shop.quiet()
    for one in made:
        assert notices(shop, one, "03-27")[-1][2] == 200 * prices[-1]
    shop.to("03-22")
    version(shop, sold, "999", applies_to="renewing", term=1)
    shop.to("03-28")
    for one in made:
        assert [net for _, _, net in notices(shop, one, "03-27")] == [200 * prices[-1]] * 2
        assert billed(shop, one) == {"02-27": 9800, "03-27": 200 * prices[-1]}
        mails = [d["step"] for d in deliveries(shop, one)]
        assert len(set(mails)) == len(mails)
    books_balance(shop, made[0])



def test_who_was_told_that_it_ends_and_renews_after_all_is_told_so_at_once(shop, mail):
    """However late: by the version of then, which is what it renews by; one that comes after that waits. Said twice, it is told once."""
    sold, made = sold_for_two_months(shop)
    y = shop.year

    def renews(says):
        shown = shop.api.patch(f"/v1/subscriptions/{made['id']}", {"auto_renew": says}, look(shop.api, made)).expect(200).json
        shop.quiet()
        return shown["end_date"]

    assert renews(False) == f"{y}-04-27" and notices(shop, made) == []
    shop.to("04-14")  # it is too late for a version to be told anew
    assert [(n["days_before"], n["renews"], n["plan_version_id"]) for n in look(shop.api, made)["notices"]] == [(30, False, None)]
    now = newer(shop, sold, "60")
    assert renews(True) is None
    assert [(n["days_before"], n["renews"], n["plan_version_id"], n["term_net"]) for n in look(shop.api, made)["notices"]] == [
        (30, False, None, None), (13, True, now["id"], 24000)]
    mail.wait(shop.mailbox(), "ends with April 26", 1)
    told_now, = mail.wait(shop.mailbox(), "renews on April 27", 1)
    assert "comes to €240.00" in told_now.get_body(("plain",)).get_content()
    assert (renews(False), renews(True)) == (f"{y}-04-27", None) and len(look(shop.api, made)["notices"]) == 2
    late = newer(shop, sold, "70")
    shown = preview(shop, made)
    assert (shown["plan_version_id"], shown["told"]["net_total"], shown["waiting_version_id"]) == (now["id"], 24000, late["id"])
    shop.to("04-28")
    assert [(days, net) for days, _, net in notices(shop, made)] == [(30, None), (13, 24000), (7, 24000), (1, 24000)]
    assert billed(shop, made)["04-27"] == 12000
    books_balance(shop, made)


def test_who_was_told_nothing_yet_is_told_when_it_is_time(shop):
    """Set to renew before its first notice, or without a plan: the one waits for that, the other is told so, too."""
    _, made = sold_for_two_months(shop)
    own = subscribe(shop.api, shop.account(), items=[{"description": "Care", "unit_price": "30", "recurring": "month"}], term=2, auto_renew=False,
                    start_date=f"{shop.year}-02-27", billing_mode="finalize").expect(201).json
    for says in (False, True):
        shop.api.patch(f"/v1/subscriptions/{made['id']}", {"auto_renew": says}, look(shop.api, made)).expect(200)
    shop.quiet()
    assert look(shop.api, made)["notices"] == []
    shop.to("04-01")
    assert [n["renews"] for one in (made, own) for n in look(shop.api, one)["notices"]] == [True, False]
    shop.api.patch(f"/v1/subscriptions/{own['id']}", {"auto_renew": True}, look(shop.api, own)).expect(200)
    shop.quiet()
    assert [(n["days_before"], n["renews"], n["term_net"]) for n in look(shop.api, own)["notices"]] == [(30, False, None), (26, True, 6000)]
