"""What cannot be billed for one cause is one task of its owner: how many there are, which, and done by itself with the last of them. Row X39."""
import concurrent.futures

import pytest

from harness.billing import events
from harness.problem import problem
from harness.sandbox import Sandbox
from harness.subscribed import look, subscribe
from harness.wait import wait_for
from test_subscription_changes import balanced


@pytest.fixture
def shop(new_tenant):
    return Sandbox(new_tenant("parked"))


def tasks(shop, **query):
    return [t for t in shop.api.all("/v1/tasks", **query) if t["kind"] == "subscription_parked"]


def of_task(shop, task):
    return {s["id"] for s in shop.api.all("/v1/subscriptions", park_task_id=task["id"])}


def unknown_currency(shop, sql, account, count, currency="QQQ", **more):
    return [subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-03-01", currency=currency, **more) for _ in range(count)]


def mend(sql, *idents):
    """Behind everybody's back: no change tells of it."""
    with sql.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; UPDATE billing.subscription SET currency = 'EUR' WHERE id = ANY (%s::uuid[]);"
                       " RESET session_replication_role", (list(idents),))


def billed(shop, idents):
    return [len(shop.api.all("/v1/invoices", subscription_id=i)) for i in idents]


def test_one_task_a_cause_and_owner(shop, sql):
    """However many and whose they are; another cause, another owner, what one customer lacks, have their own."""
    somebody = shop.tenant.as_role("sales").get("/v1/me").expect(200).json["user"]["id"]
    one, other, theirs = shop.account(), shop.account(), shop.account(owner_id=somebody)
    lonely = [shop.account(contacts=[]) for _ in range(2)]
    many = unknown_currency(shop, sql, one, 12) + unknown_currency(shop, sql, other, 12)
    few = unknown_currency(shop, sql, theirs, 2)
    lacking = [subscribe(sql, shop.tenant, a, [{}], f"{shop.year}-03-01") for a in lonely for _ in range(2)]
    fine = subscribe(sql, shop.tenant, one, [{}], f"{shop.year}-03-01")
    shop.to("03-01", "00:30:00")
    assert billed(shop, [fine]) == [1]
    found = {frozenset(of_task(shop, t)): t for t in tasks(shop)}
    assert set(found) == {frozenset(many), frozenset(few), frozenset(lacking[:2]), frozenset(lacking[2:])}
    shared, own, contact = found[frozenset(many)], found[frozenset(few)], found[frozenset(lacking[:2])]
    assert (shared["title"], shared["account_id"]) == ("24 subscriptions cannot be billed: There is no currency QQQ.", None)
    assert shared["body"].count("\n- ") == 20 and shared["body"].endswith("and 4 more") and f"park_task_id={shared['id']}" in shared["body"]
    assert (own["owner_id"], own["account_id"], own["title"]) == (somebody, theirs["id"], "2 subscriptions of Alpenblick Hotel GmbH cannot be billed")
    assert (contact["account_id"], contact["state"]) == (lonely[0]["id"], "open")
    shop.to("03-01", "06:00:00")  # tried again, twice, in vain: nobody is told again
    assert {t["id"]: t["version"] for t in tasks(shop)} == {t["id"]: t["version"] for t in found.values()}


def test_it_is_done_by_itself_with_the_last_of_them(shop, sql):
    """One that is billed says that the cause may be gone: the others are tried at once, not when their own time comes."""
    many = unknown_currency(shop, sql, shop.account(), 5) + unknown_currency(shop, sql, shop.account(), 2)
    shop.to("03-02")
    task, = tasks(shop)
    mend(sql, many[0])
    shop.api.post(f"/v1/subscriptions/{many[0]}/release").expect(200)
    shop.quiet()
    assert billed(shop, many) == [1] + [0] * 6 and of_task(shop, task) == set(many[1:])
    assert tasks(shop)[0]["title"] == "6 subscriptions cannot be billed: There is no currency QQQ."
    assert look(sql, many[0], "park_task_id", "park_code") == (None, None)
    retries = {s["id"]: s["retry_at"] for s in shop.api.all("/v1/subscriptions", park_task_id=task["id"])}
    mend(sql, *many)
    with sql.cursor() as cursor:  # the time of one of them has come
        cursor.execute("UPDATE billing.subscription_retry SET retry_at = (SELECT business_at FROM tenant.tenant WHERE id = %s) WHERE subscription_id = %s",
                       (shop.tenant.id, many[1]))
    shop.api.post("/v1/billing_runs").expect(201)
    wait_for(lambda: billed(shop, many) == [1] * 7, 30, "all of them")
    shop.quiet()
    assert min(retries.values()) > shop.api.get("/v1/test_clock").json["business_now"]
    done, = tasks(shop)
    assert (done["id"], done["state"]) == (task["id"], "done") and of_task(shop, task) == set()
    balanced(shop)


def test_another_cause_is_another_task(shop, sql):
    """What is parked for something else by now leaves the task of before."""
    first, second = unknown_currency(shop, sql, shop.account(), 2)
    shop.to("03-02")
    before, = tasks(shop)
    with sql.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; UPDATE billing.subscription SET currency = 'QQZ' WHERE id = %s;"
                       " RESET session_replication_role", (second,))
    shop.to("03-08")
    found = {frozenset(of_task(shop, t)): t["state"] for t in tasks(shop)}
    assert found == {frozenset([first]): "open", frozenset([second]): "open"}
    assert [t["title"] for t in tasks(shop) if t["id"] == before["id"]] == ["Subscription of Alpenblick Hotel GmbH cannot be billed"]
    # Somebody ticks it off: the next try that fails says it anew.
    seen = shop.api.get(f"/v1/tasks/{before['id']}")
    shop.api.patch(f"/v1/tasks/{before['id']}", {"state": "done"}, seen.etag).expect(200)
    shop.to("03-20")
    assert sorted(t["state"] for t in tasks(shop)) == ["done", "open", "open"]
    assert of_task(shop, before) == set()


def test_all_are_released_at_once(shop, sql):
    """Race: whoever is the last, the task is done, and each is billed once."""
    many = unknown_currency(shop, sql, shop.account(), 16)
    shop.to("03-02")
    task, = tasks(shop)
    mend(sql, *many)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: shop.api.with_headers().post(f"/v1/subscriptions/{i}/release"), many))
    for answer in answers:
        if answer.status != 200:
            problem(answer, 409, "wrong_state")  # billed with another one of its cause
    wait_for(lambda: billed(shop, many) == [1] * 16, 30, "all of them")
    shop.quiet()
    assert [(t["id"], t["state"]) for t in tasks(shop)] == [(task["id"], "done")]
    balanced(shop)


def test_who_is_cancelled_is_no_longer_waited_for(shop, sql):
    """Nothing is due of it any more: its task counts it no more, and is done with the last of them. The others' cause is no nearer to its end."""
    account = shop.account(contacts=[])
    first, second, third = [subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-03-01", start_date=f"{shop.year}-02-01") for _ in range(3)]
    shop.to("03-02")
    task, = tasks(shop)
    retry = shop.api.get(f"/v1/subscriptions/{second}").json["retry_at"]

    def cancel(ident, last):
        return shop.api.post(f"/v1/subscriptions/{ident}/cancel", {"date": f"{shop.year}-{last}"}).expect(200).json

    gone = cancel(first, "02-28")
    assert [gone[k] for k in ("state", "parked_at", "park_code", "park_reason", "park_task_id", "retry_at")] == ["cancelled"] + [None] * 5
    assert "subscription.released" in {t for e in events(shop.api, first, "subscription.released") for t in (e["type"], *e["also"])}
    assert of_task(shop, task) == {second, third}
    left, = tasks(shop)
    assert (left["state"], left["title"]) == ("open", "2 subscriptions of Alpenblick Hotel GmbH cannot be billed")
    assert shop.api.get(f"/v1/subscriptions/{second}").json["retry_at"] == retry
    # A day of its has service still, and is to be billed: that cannot be done yet.
    owing = cancel(second, "03-02")
    assert (owing["state"], owing["park_code"], owing["park_task_id"]) == ("active", "billing_contact_missing", task["id"])
    cancel(second, "02-28")
    assert [t["title"] for t in tasks(shop)] == ["Subscription of Alpenblick Hotel GmbH cannot be billed"]
    cancel(third, "02-28")
    assert [(t["id"], t["state"]) for t in tasks(shop)] == [(task["id"], "done")]
    shop.to("03-20")
    assert billed(shop, [first, second, third]) == [0] * 3 and [t["state"] for t in tasks(shop)] == ["done"]


def test_who_gave_up_and_is_cancelled_is_no_longer_waited_for(shop, sql):
    """What waits to be released by somebody is not waited for either; and all at once leave a task that is done."""
    many = unknown_currency(shop, sql, shop.account(), 8, start_date=f"{shop.year}-02-01")
    shop.to("03-02")
    task, = tasks(shop)
    with sql.cursor() as cursor:
        cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL)", (shop.tenant.id,))
        cursor.execute("SELECT billing.bill_park(ARRAY[%s]::uuid[], '{given_up}', '{Its worker was ended.}'); COMMIT", (many[0],))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: shop.api.with_headers().post(f"/v1/subscriptions/{i}/cancel", {"date": f"{shop.year}-02-28"}), many))
    assert [(a.expect(200).json["state"], a.json["park_code"]) for a in answers] == [("cancelled", None)] * 8
    assert [t["state"] for t in tasks(shop)] == ["done", "done"] and of_task(shop, task) == set()


# ---- what passes with a day ----

def west(shop):
    """A seller whose day is still yesterday, which is closed; its customers are where it is today."""
    shop.to("04-16", "08:00:00")
    made = shop.api.post("/v1/entities", {"name": "West", "legal_name": "West", "base_currency": "EUR", "time_zone": "Pacific/Honolulu",
                                          "address": {"line1": "Kai 1", "city": "Graz", "country": "AT"}}).expect(201).json
    shop.api.post("/v1/ledger/lock", {"entity_id": made["id"], "through": f"{shop.year}-04-15"}).expect(200)
    return made


def tried(sql, shop):
    """Of batches of runs: how many there were, and how often one of them was begun at the most."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM billing.billing_run_batch WHERE tenant_id = %(t)s),"
                       " (SELECT max(attempts) FROM job.job WHERE tenant_id = %(t)s AND kind = 'bill_batch')", {"t": shop.tenant.id})
        return cursor.fetchone()


def causes(sql, idents):
    return {look(sql, ident, "park_code", "park_reason") for ident in idents}


def run(shop):
    made = shop.api.post("/v1/billing_runs").expect(201).json
    shop.quiet()
    return shop.api.get(f"/v1/billing_runs/{made['id']}").expect(200).json


def test_a_closed_period_is_waited_for_by_nobody(shop, sql):
    """X39: a run ends with its first try, its subscriptions are one task, those of open books are billed; with the first open day they are, too."""
    seller = west(shop)
    day = f"{shop.year}-04-16"
    account, free = shop.account(entity_id=seller["id"], time_zone="Europe/Vienna"), shop.account()
    shut = [subscribe(sql, shop.tenant, account, [{}], day, expect=False) for _ in range(9)]
    drafts = subscribe(sql, shop.tenant, account, [{}], day, expect=False, billing_mode="draft")
    gift = subscribe(sql, shop.tenant, account, [{"unit_price": "0"}], day, expect=False)  # nothing is booked of it
    fine = subscribe(sql, shop.tenant, free, [{}], day, expect=False)
    shown = run(shop)
    assert (shown["state"], shown["due"], shown["billed"], shown["parked"]) == ("finished", 12, 3, 9)
    assert billed(shop, [*shut, drafts, gift, fine]) == [0] * 9 + [1, 1, 1] and tried(sql, shop) == (1, 1)
    assert causes(sql, shut) == {("period_locked", f"The period of {shop.year}-04-15 is locked.")}
    assert [of_task(shop, t) for t in tasks(shop)] == [set(shut)]
    # Released before its time it is set aside again; it comes by itself when the day begins there.
    shop.api.post(f"/v1/subscriptions/{shut[0]}/release").expect(200)
    shop.quiet()
    assert billed(shop, shut) == [0] * 9 and len(tasks(shop)) == 1
    assert {shop.api.get(f"/v1/subscriptions/{i}").json["retry_at"][:16] for i in shut} == {f"{shop.year}-04-16T10:00"}
    shop.advance(f"{shop.year}-04-16T10:00:00Z")
    assert billed(shop, shut) == [1] * 9 and {look(sql, i, "park_code") for i in shut} == {None}
    assert {shop.api.all("/v1/invoices", subscription_id=i)[0]["issue_date"] for i in shut} == {day}
    assert [t["state"] for t in tasks(shop)] == ["done"]
    balanced(shop)


def test_released_once_the_books_are_open_again(shop, sql):
    """One of them that is released is billed, and the others, whose cause it was, with it."""
    seller = west(shop)
    account = shop.account(entity_id=seller["id"], time_zone="Europe/Vienna")
    shut = [subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-04-16", expect=False) for _ in range(5)]
    assert run(shop)["parked"] == 5
    with sql.cursor() as cursor:  # an operator's act: by the API books are closed and stay so
        cursor.execute("SET session_replication_role = replica; DELETE FROM ledger.period WHERE entity_id = %s; RESET session_replication_role", (seller["id"],))
    shop.api.post(f"/v1/subscriptions/{shut[3]}/release").expect(200)
    wait_for(lambda: billed(shop, shut) == [1] * 5, 60, "all of them to be billed")
    shop.quiet()
    assert {shop.api.all("/v1/invoices", subscription_id=i)[0]["issue_date"] for i in shut} == {f"{shop.year}-04-15"}
    assert [t["state"] for t in tasks(shop)] == ["done"] and causes(sql, shut) == {(None, None)}


def test_a_series_that_is_ahead_of_today(shop, sql):
    """A document of next week was made: nothing is issued before it, and all on its day, without anybody's doing."""
    account = shop.account()
    day = f"{shop.year}-03-01"
    due = [subscribe(sql, shop.tenant, account, [{}], day) for _ in range(6)]
    shop.invoice(account, issue_date=f"{shop.year}-03-05")
    shop.to("03-02")
    assert billed(shop, due) == [0] * 6 and tried(sql, shop) == (1, 1)
    assert causes(sql, due) == {("issue_date_before_series", f"The last document of this series is dated {shop.year}-03-05.")}
    assert {shop.api.get(f"/v1/subscriptions/{i}").json["retry_at"][:16] for i in due} == {f"{shop.year}-03-04T23:00"}
    shop.to("03-05", "00:00:00")
    assert billed(shop, due) == [1] * 6
    assert {shop.api.all("/v1/invoices", subscription_id=i)[0]["issue_date"] for i in due} == {f"{shop.year}-03-05"}


def test_books_that_are_closed_while_a_run_writes(shop, sql):
    """What it has read is not true any more when it is written: it is read again at once, not a try later."""
    seller = west(shop)
    with sql.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; UPDATE ledger.period SET locked_through = %s WHERE entity_id = %s;"
                       " RESET session_replication_role", (f"{shop.year}-04-14", seller["id"]))
    account = shop.account(entity_id=seller["id"], time_zone="Europe/Vienna")
    due = [subscribe(sql, shop.tenant, account, [{}], f"{shop.year}-04-16", expect=False) for _ in range(3)]

    def waits():
        with sql.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND NOT granted")
            return cursor.fetchone()[0]

    with sql.cursor() as cursor:
        cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL)", (shop.tenant.id,))
        cursor.execute("SELECT ledger.lock(gen_random_uuid(), %s, %s)", (seller["id"], f"{shop.year}-04-15"))
        shop.api.post("/v1/billing_runs").expect(201)
        with_other = wait_for(waits, 60, "the run to come to its entries")
        cursor.execute("COMMIT")
    assert with_other == 1
    wait_for(lambda: causes(sql, due) == {("period_locked", f"The period of {shop.year}-04-15 is locked.")}, 60, "them to be set aside")
    shop.quiet()
    assert billed(shop, due) == [0] * 3 and tried(sql, shop) == (1, 1)
