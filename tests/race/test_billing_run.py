"""Billing runs while workers are killed and everybody starts them: each bill date is billed once, and the books say so."""
import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys
import threading

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))

from harness.product import NotBuilt, Product  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402
from harness.subscribed import harm, look, subscribe  # noqa: E402
from harness.wait import wait_for  # noqa: E402
from killing import Killer  # noqa: E402

PSQL = "/usr/lib/postgresql/15/bin/psql"
TENANTS, SUBSCRIPTIONS = 2, 700  # more than a batch has
DATES = ["03-10", "04-10", "05-10"]
WORKERS = 3


@contextlib.contextmanager
def billfold(workers):
    """A whole Billfold of its own, of whose runs so many workers are in charge: they are killed."""
    try:
        made = Product(f"invoiced_workers = {workers}")
    except NotBuilt as reason:
        pytest.skip(str(reason))
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def product():
    with billfold(WORKERS) as made:
        yield made


@pytest.fixture
def lone():
    """Who is killed is who was at work: with others, these would die at what can be billed, and that would have its tries, too."""
    with billfold(1) as made:
        yield made


def test_each_bill_date_once_whoever_dies_and_whoever_starts(product):
    seed = int(os.environ.get("BILLFOLD_SEED") or random.randrange(10**6))
    print("BILLFOLD_SEED =", seed)
    database = product.database()
    shops = [Sandbox(product.tenant(f"killed{n}")) for n in range(TENANTS)]
    for shop in shops:
        with database.cursor() as cursor:
            cursor.execute("SELECT default_entity_id FROM tenant.tenant WHERE id = %s", (shop.tenant.id,))
            entity = cursor.fetchone()[0]
        values = {"tenant": shop.tenant.id, "entity": entity, "subscriptions": SUBSCRIPTIONS, "day": f"{shop.year}-{DATES[0]}"}
        subprocess.run([PSQL, "-X", "-h", str(product.run), "-U", "postgres", "-d", "billfold", "-q",
                        *[word for name, value in values.items() for word in ("-v", f"{name}={value}")],
                        "-f", str(HERE.parent / "load/subscriptions.sql")], check=True, capture_output=True)
    with database.cursor() as cursor:  # nobody was there for three months
        cursor.execute("DELETE FROM job.schedule WHERE kind = 'billing_run'")
    for shop in shops:
        shop.to("05-20")

    def due():
        with database.cursor() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM billing.subscription s JOIN tenant.tenant t ON t.id = s.tenant_id"
                           " WHERE s.next_bill_on <= t.business_at::date) + (SELECT count(*) FROM billing.billing_run WHERE state = 'running')")
            return cursor.fetchone()[0]

    killer = Killer(product, "billfold-invoiced", seed, pause=0.7)
    killer.start()
    answers = []
    try:
        for _ in range(10):
            threads = [threading.Thread(target=lambda s=s: answers.append(s.api.with_headers().post("/v1/billing_runs", {}).status))
                       for s in shops for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        wait_for(lambda: killer.kills.total() >= 2 * WORKERS or not due(), 60, "some to be killed")
        kills = killer.kills.total()
    finally:
        killer.over.set()
        killer.join()
    assert kills and set(answers) == {201, 409}
    with database.cursor() as cursor:  # the watch's turn, whoever died between a commit and the end of its run
        for shop in shops:
            cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL); SELECT billing.run_watch(); COMMIT", (shop.tenant.id,))
    wait_for(lambda: not due(), 120, "all to be billed")
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT (subscription_id, period_start)), count(DISTINCT number || tenant_id::text),"
                       " count(DISTINCT subscription_id), count(*) FILTER (WHERE status <> 'open') FROM billing.invoice")
        made, dates, numbers, subscriptions, others = cursor.fetchone()
        # Those that follow the calendar have as many: a part of March, April, May.
        assert (made, dates, numbers, subscriptions, others) == (
            3 * TENANTS * SUBSCRIPTIONS, 3 * TENANTS * SUBSCRIPTIONS, 3 * TENANTS * SUBSCRIPTIONS, TENANTS * SUBSCRIPTIONS, 0)
        cursor.execute("SELECT tenant_id, max(series_no), min(series_no), count(*) FROM billing.invoice GROUP BY 1")
        assert [row[1:] for row in cursor.fetchall()] == [(3 * SUBSCRIPTIONS, 1, 3 * SUBSCRIPTIONS)] * TENANTS
        cursor.execute("SELECT sum(debit) - sum(credit), sum(base_debit) - sum(base_credit) FROM ledger.line")
        assert cursor.fetchone() == (0, 0)
        cursor.execute("SELECT sum(billed), bool_and(done_at IS NOT NULL) FROM billing.billing_run_batch")
        assert cursor.fetchone() == (3 * TENANTS * SUBSCRIPTIONS, True)
    done = product.command("--json", "doctor", "--invariants", "--limit", "50", check=False)
    wrong = [(c["check"], f["finding"]) for c in json.loads(done.stdout)["checks"] if c["check"].startswith("I") for f in c["findings"]
             # Seeded past the API: contacts and rates that have no event.
             if not (c["check"] == "I10 job.events" and "by worker:seed" in f["finding"])]
    assert wrong == []


def test_what_kills_its_workers_is_set_aside(lone):
    """X39: whatever one of them does to whoever bills it, the others are billed, it is parked, and the run ends."""
    database = lone.database()
    shop = Sandbox(lone.tenant("deadly"))
    account = shop.account()
    fine = [subscribe(database, shop.tenant, account, [{}], f"{shop.year}-03-01", expect=False) for _ in range(3)]
    deadly = subscribe(database, shop.tenant, account, [{}], f"{shop.year}-03-01", expect=False)
    shop.to("03-02")
    master = lone.pid("billfold-invoiced")
    # Refused besides: what was sent already does not commit when nobody waits for it any more.
    kills = f"COPY (SELECT 1) TO PROGRAM 'kill -9 $(cat /proc/{master}/task/{master}/children)'; RAISE EXCEPTION 'dead';"

    def over():
        with database.cursor() as cursor:  # whoever is silent for long is dead: the lease is not waited for
            cursor.execute("UPDATE job.job SET lease_until = clock_timestamp() WHERE tenant_id = %s AND kind = 'bill_batch' AND state = 'leased'"
                           " AND lease_until > clock_timestamp() AND updated_at < clock_timestamp() - interval '4 seconds'", (shop.tenant.id,))
        return look(database, deadly, "parked_at")

    with harm(database, deadly, kills):
        run = shop.api.post("/v1/billing_runs", {}).expect(201).json
        wait_for(over, 180, "the deadly one to be parked")
    shop.quiet()
    shown = shop.api.get(f"/v1/billing_runs/{run['id']}").json
    assert (shown["state"], shown["due"], shown["billed"], shown["parked"]) == ("finished", 4, 3, 1)
    assert [len(shop.api.all("/v1/invoices", subscription_id=i)) for i in [*fine, deadly]] == [1, 1, 1, 0]
    assert look(database, deadly, "park_code") == "given_up"
    assert [t["kind"] for t in shop.api.all("/v1/tasks")] == ["subscription_parked"]
