"""Billing runs against what the database takes to store their rows; a product of its own, whose other workers stand still."""
import concurrent.futures
import datetime
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))

from harness.product import Product  # noqa: E402
from load import PGBENCH, Failed  # noqa: E402

PSQL = "/usr/lib/postgresql/15/bin/psql"
WORKERS, TENANTS, BATCH = 2, 20, 500
# Of the first run; the growth's is five times as large.
SUBSCRIPTIONS = int(os.environ.get("BENCH_SUBSCRIPTIONS", 20_000))


class Books:
    """Sandbox tenants, whose clocks are turned month by month."""

    def __init__(self, say):
        self.say = say
        self.product = Product(f"invoiced_workers = {WORKERS}", throwaway=False)
        self.month = datetime.date(datetime.date.today().year + 1, 1, 10)
        self.peak, self.rate = 0, None
        self.rounds = int(os.environ.get("BENCH_RUNS", 2))

    def open(self):
        self.product.start()
        for program in ("paymentd", "maild", "syncd"):
            os.kill(self.product.pid(f"billfold-{program}"), signal.SIGTERM)
        self.tenants = [self.product.tenant(f"books{n}", roles=()) for n in range(TENANTS)]
        self.database = self.product.database()
        self.database.autocommit = True
        self.cursor = self.database.cursor()
        self.turn(self.month - datetime.timedelta(days=5))
        return self

    def close(self):
        self.product.stop()

    def one(self, query, *values):
        self.cursor.execute(query, values or None)
        return self.cursor.fetchone()

    def turn(self, day):
        self.cursor.execute("SET session_replication_role = replica; UPDATE tenant.tenant SET business_at = %s WHERE sandbox;"
                            " RESET session_replication_role", (f"{day} 12:00+00",))

    def psql(self, file, **values):
        named = [word for name, value in values.items() for word in ("-v", f"{name}={value}")]
        done = subprocess.run([PSQL, "-X", "-At", "-h", str(self.product.run), "-U", "postgres", "-d", "billfold", *named,
                               "-f", str(HERE / file)], capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"{file}: {done.stderr[-4000:]}")
        return done.stdout

    def seed(self, subscriptions):
        self.say(f"seeding {subscriptions:,} subscriptions in {TENANTS} tenants")
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda tenant: self.psql("subscriptions.sql", tenant=tenant.id, subscriptions=subscriptions // TENANTS, day=self.month),
                          self.tenants))
        self.quiet()

    def quiet(self):
        """What waits to be done afterwards is not a run's."""
        self.cursor.execute("UPDATE job.job SET state = 'done', finished_at = now() WHERE state = 'scheduled'")
        self.cursor.execute("VACUUM ANALYZE")
        self.cursor.execute("CHECKPOINT")

    def run(self):
        """Turns the clock to the next bill date: documents a second, from the first tenant's start to the last one's end."""
        before = self.one("SELECT coalesce(max(created_at), '-infinity') FROM billing.billing_run")[0]
        due = self.one("SELECT count(*) FROM billing.subscription WHERE next_bill_on <= %s", self.month)[0]
        self.turn(self.month)
        end = time.monotonic() + 60 + due / 50
        # Asked of the runs alone: to count what is due takes a tenth of a processor.
        while not self.one("SELECT count(DISTINCT tenant_id) = %s AND bool_and(state = 'finished') FROM billing.billing_run WHERE created_at > %s",
                           TENANTS, before)[0]:
            time.sleep(0.2)
            self.peak = max([self.peak, *self.sizes()])
            if time.monotonic() > end:
                raise Failed(f"a run of {due:,} has not ended")
        took, billed = self.one("""SELECT extract(epoch FROM max(r.finished_at) - min(r.started_at))::float8,
            (SELECT sum(b.billed) FROM billing.billing_run_batch b JOIN billing.billing_run x ON x.id = b.billing_run_id WHERE x.created_at > %s)::bigint
            FROM billing.billing_run r WHERE r.created_at > %s""", before, before)
        if billed != due:
            raise Failed(f"{billed:,} documents of {due:,} subscriptions")
        self.say(f"a run: {billed:,} documents, {billed / took:,.0f} a second")
        self.day, self.month = self.month, next_month(self.month)
        self.quiet()
        return billed / took

    def rows(self, years):
        """The rows of the last run again, by plain statements: documents a second."""
        batches = int(self.psql("bill_rows.sql", day=self.day, years=years, set=BATCH).split()[-1])
        each = batches // WORKERS
        # They would take up what the statements leave for them. The scheduler goes on: it seals the audit of either.
        self.workers(signal.SIGSTOP)
        try:
            done = subprocess.run([PGBENCH, "-n", "-M", "prepared", "-c", str(WORKERS), "-j", str(WORKERS), "-t", str(each), "-D", "i=-1", "-D", "actor=worker:invoiced",
                                   "-D", f"workers={WORKERS}", "-f", str(HERE / "bill.pgbench"), "-h", str(self.product.run),
                                   "-U", "billfold_invoiced", "billfold"], capture_output=True, text=True)
            rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.M)
            if done.returncode or not rate or "ERROR" in done.stderr:
                raise Failed(f"bill.pgbench: {done.stdout}{done.stderr[-3000:]}")
            documents = self.one("SELECT sum(documents)::bigint FROM load.batch WHERE n < %s", each * WORKERS)[0]
            self.repair()
            self.quiet()
        finally:
            self.workers(signal.SIGCONT)
        return documents * float(rate.group(1)) / (each * WORKERS)

    def workers(self, signal_number):
        for pid in self.children("billfold-invoiced"):
            os.kill(pid, signal_number)

    def repair(self):
        """The plain statements have set bill dates that are far ahead, so that nobody bills them."""
        self.cursor.execute("SET session_replication_role = replica; UPDATE billing.subscription s SET next_bill_on = i.period_end FROM billing.invoice i"
                            " WHERE i.tenant_id = s.tenant_id AND i.subscription_id = s.id AND i.period_start >= %s; RESET session_replication_role", (self.day,))
        self.cursor.execute("DROP SCHEMA load CASCADE")

    def children(self, program):
        master = self.product.pid(program)
        return [int(pid) for pid in pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def sizes(self):
        """Of the workers, in MB."""
        for pid in self.children("billfold-invoiced"):
            found = re.search(r"^VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)
            if found:
                yield int(found.group(1)) / 1024


def next_month(day):
    return (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=day.day)
