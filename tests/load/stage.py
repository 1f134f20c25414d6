"""What is measured: a product of its own with data, a token, and the echo that can stand in its place.

PostgreSQL keeps fsync and synchronous commit, 8 workers answer. The programs that work on jobs are stopped: what they
do in the background is not a request's. nginx connects to api.sock by its name for each request: that name is a link,
so that the same nginx, by the same configuration, speaks to the product or to the echo as the link is turned.
"""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))

from harness.product import Product  # noqa: E402
from harness.wait import wait_for  # noqa: E402

WORKERS = 8
PSQL = "/usr/lib/postgresql/15/bin/psql"
INVOICES, FINAL = 100_000, 60_000
TOKEN_S = 600


def seeded(kind, n):
    """An id as seed.sql makes them."""
    return f"01980000-0000-7000-{kind}-{n:012d}"


def seed_invoices(product, tenant, entity, invoices, final, together=2_000):
    values = {"tenant": tenant, "entity": entity, "invoices": invoices, "final": final, "set": together}
    named = [word for name, value in values.items() for word in ("-v", f"{name}={value}")]
    done = subprocess.run([PSQL, "-X", "-h", str(product.run), "-U", "postgres", "-d", "billfold", *named,
                           "-f", str(HERE / "seed.sql")], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("seed.sql failed:\n" + done.stderr[-4000:])


class Stage:
    def __init__(self, build, say):
        self.build, self.say = build, say
        self.product = Product(throwaway=False)
        self.echo = None
        self.token_at = -TOKEN_S

    def open(self):
        os.environ["BILLFOLD_API_WORKERS"] = str(WORKERS)
        self.say("starting a product with 8 API workers")
        self.product.start()
        for program in ("scheduler", "invoiced", "paymentd", "maild", "syncd"):
            os.kill(self.product.pid(f"billfold-{program}"), signal.SIGTERM)
        self.tenant = self.product.tenant("load", sandbox=False, roles=())
        self.files = self.product.home / "load"
        self.files.mkdir()
        self.fresh_token()
        self.seed()
        self.start_echo()
        return self

    def close(self):
        if self.echo:
            self.echo.terminate()
            self.echo.wait()
        self.product.stop()

    def fresh_token(self):
        """Tokens end after a quarter of an hour."""
        if time.monotonic() - self.token_at > TOKEN_S:
            self.token = self.tenant.token()
            self.api = self.product.client(Authorization="Bearer " + self.token)
            self.token_at = time.monotonic()

    # ---- data ----

    def seed(self):
        self.say(f"seeding {INVOICES:,} invoices of 3 lines")
        entity = self.api.get("/v1/entities").expect(200).json["data"][0]["id"]
        seed_invoices(self.product, self.tenant.id, entity, INVOICES, FINAL)
        with self.product.database().cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")

    # ---- who answers ----

    def start_echo(self):
        name, run = self.product.run / "api.sock", self.product.run
        self.echo = subprocess.Popen([str(self.build / "tests/load/echo"), str(run / "echo.sock"), str(WORKERS)])
        wait_for((run / "echo.sock").exists, what="the echo's socket")
        os.chmod(run / "echo.sock", 0o777)
        name.rename(run / "product.sock")
        self.turn_to("product")

    def turn_to(self, who):
        link = self.product.run / "link"
        link.symlink_to(f"{who}.sock")
        link.rename(self.product.run / "api.sock")
        self.turned = who

    @contextlib.contextmanager
    def echo_answers(self):
        self.turn_to("echo")
        try:
            yield
        finally:
            self.turn_to("product")

    def workers(self):
        """Process ids of the API's workers."""
        master = self.product.pid("billfold-api")
        children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [int(pid) for pid in children]
