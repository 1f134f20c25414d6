"""Billing runs while workers are killed and everybody starts them: each bill date is billed once, and the books say so."""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))

from harness.product import NotBuilt, Product  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402
from harness.wait import wait_for  # noqa: E402

PSQL = "/usr/lib/postgresql/15/bin/psql"
TENANTS, SUBSCRIPTIONS = 2, 700  # more than a batch has
DATES = ["03-10", "04-10", "05-10"]
WORKERS = 3


@pytest.fixture(scope="module")
def product():
    """A whole Billfold of this module's own: its workers are killed."""
    os.environ["BILLFOLD_INVOICED_WORKERS"] = str(WORKERS)
    try:
        made = Product()
    except NotBuilt as reason:
        pytest.skip(str(reason))
    try:
        yield made.start()
    finally:
        del os.environ["BILLFOLD_INVOICED_WORKERS"]
        made.stop()


class Killer(threading.Thread):
    """Kills all workers at random moments of a batch; whoever is dead has no lease."""

    def __init__(self, product, seed):
        super().__init__(daemon=True)
        self.product, self.random, self.over, self.kills = product, random.Random(seed), threading.Event(), 0
        self.database = product.database()

    def run(self):
        before = -1
        while not self.over.wait(self.random.uniform(0.05, 0.7)):
            with self.database.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM job.job WHERE state = 'done' AND kind IN ('bill_batch', 'render_pdf')")
                done = cursor.fetchone()[0]
            # A worker that dies before it has done anything is begun again later and later: that is another matter.
            if done <= before:
                continue
            before = done
            pid = self.product.pid("billfold-invoiced")
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                children = [int(word) for word in file.read().split()]
            for child in children:
                try:
                    os.kill(child, signal.SIGKILL)
                    self.kills += 1
                except ProcessLookupError:
                    pass
            wait_for(lambda: not any(os.path.exists(f"/proc/{child}") for child in children), 10, "the end of the killed")
            with self.database.cursor() as cursor:
                cursor.execute("UPDATE job.job SET lease_until = clock_timestamp(), attempts = 1 WHERE state = 'leased' AND lease_until > clock_timestamp()"
                               " AND kind IN ('billing_run', 'bill_batch', 'render_pdf')")


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

    killer = Killer(product, seed)
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
        wait_for(lambda: killer.kills >= 2 * WORKERS or not due(), 60, "some to be killed")
        kills = killer.kills
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
