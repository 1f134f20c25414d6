"""PostgreSQL or Redis away, workers killed, the answer to COMMIT lost: refusals that say so, and repeats that find out.

A product of this module's own, whose programs reach both servers by doors that a test can shut (harness/proxy.py).
"""
import os
import re
import secrets
import signal
import subprocess
import threading

import psycopg2
import pytest

from harness.problem import problem
from harness.product import STACK, Product
from harness.proxy import Proxy
from harness.wait import wait_for


class Guarded(Product):
    """All programs behind two doors."""

    def start(self):
        super().start()
        self.pg = Proxy(self.run / ".s.PGSQL.5432", postgres=True)
        self.redis = Proxy(self.run / "redis.sock")
        env = dict(os.environ, BILLFOLD_THROWAWAY="1", BILLFOLD_API_WORKERS="3")
        done = subprocess.run([str(STACK), "restart", str(self.home)], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        self.behind = psycopg2.connect(host=str(self.pg.real), port=5432, dbname="billfold", user="postgres")
        self.behind.autocommit = True
        return self

    def stop(self):
        super().stop()
        self.pg.close()
        self.redis.close()

    def open_all(self):
        self.pg.set("open")
        self.redis.set("open")
        wait_for(lambda: self.probe.get("/v1/me").status == 200 and self.session.get("/v1/me").status == 200, 60, "all is well again")

    def workers(self):
        pid = self.pid("billfold-api")
        return [int(child) for child in open(f"/proc/{pid}/task/{pid}/children").read().split()]

    def kill_worker(self):
        """The one whose request or answer the door keeps back; another takes its place."""
        pid, number = self.pg.held_pid, len(self.workers())
        assert pid in self.workers()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: pid not in self.workers() and len(self.workers()) == number, 60, "a new worker")


@pytest.fixture(scope="module")
def guarded():
    made = Guarded().start()
    try:
        made.shop = made.tenant("guarded", roles=("owner",))
        made.probe, made.session = made.shop.program(), made.shop.sign_in("owner")
        yield made
    finally:
        made.stop()


@pytest.fixture
def api(guarded):
    guarded.open_all()
    yield guarded.shop.program().with_headers()
    guarded.open_all()


def named(guarded, name):
    """How many accounts of this name there are, past every door."""
    with guarded.behind.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm.account WHERE legal_name = %s", (name,))
        return cursor.fetchone()[0]


class Asked:
    """A request that is under way while the test does something else."""

    def __init__(self, call, *words, **more):
        self.thread = threading.Thread(target=self._run, args=(call, words, more))
        self.thread.start()

    def _run(self, call, words, more):
        self.answer = call(*words, **more)

    def wait(self):
        self.thread.join(120)
        assert not self.thread.is_alive()
        return self.answer


LEAKS = re.compile(rb"/tmp|/usr|/work|socket|libpq|postgres|redis|SELECT|\.c:|nginx/|server closed|connection to|No such file|PGSQL", re.IGNORECASE)


def unavailable(answer, statuses=(503,)):
    body = problem(answer, statuses)
    assert not LEAKS.search(answer.body.replace(body["type"].encode(), b"")), answer.body
    assert "Server" not in answer.headers or "/" not in answer.headers["Server"]
    assert int(answer.headers["Retry-After"]) >= 1
    return body


# ---- repeats (H8) ----

def test_a_number_is_given_once_whenever_the_worker_died(guarded, api):
    account = api.post("/v1/accounts", {"legal_name": "Numbered", "invoice_address": {"country": "AT"}, "contacts": [
        {"name": "Pay", "email": "pay@numbered.example", "roles": ["billing"]}]}).expect(201).json["id"]
    numbers = []
    for moment in ("hold request", "hold commit", "cut commit", None):
        invoice = api.post("/v1/invoices", {"account_id": account, "lines": [{"description": "x", "unit_price": "1", "tax_rate": "0"}]}).expect(201)
        path, key = f"/v1/invoices/{invoice.json['id']}/finalize", secrets.token_hex(8)
        if moment:
            guarded.pg.set(moment, "billfold_api")
            asked = Asked(api.with_headers().post, path, {}, key=key)
            assert guarded.pg.held.wait(60)
            if moment != "cut commit":
                guarded.kill_worker()
            asked.wait()
            guarded.open_all()
        done = api.post(path, {}, key=key).expect(200)
        assert api.get(f"/v1/invoices/{invoice.json['id']}").expect(200).json["number"] == done.json["number"]
        numbers.append(int(re.sub(r".*\D", "", done.json["number"])))
    assert numbers == list(range(numbers[0], numbers[0] + 4)), "no gap, none twice"


@pytest.mark.parametrize("moment", ["hold request", "hold commit"])
def test_a_worker_killed_before_or_after_its_commit(guarded, api, moment):
    key, body = secrets.token_hex(8), {"legal_name": "Killed " + secrets.token_hex(6)}
    guarded.pg.set(moment, "billfold_api")
    asked = Asked(api.post, "/v1/accounts", body, key=key)
    assert guarded.pg.held.wait(60), "the worker has asked the database"
    assert named(guarded, body["legal_name"]) == (1 if moment == "hold commit" else 0)
    guarded.kill_worker()
    unavailable(asked.wait(), (502, 503, 504))
    guarded.open_all()
    again = api.post("/v1/accounts", body, key=key).expect(201)
    assert again.headers["Idempotent-Replayed"] == ("true" if moment == "hold commit" else None)
    assert named(guarded, body["legal_name"]) == 1
    assert api.get("/v1/accounts/" + again.json["id"]).expect(200).json["legal_name"] == body["legal_name"]
    assert api.post("/v1/accounts", body, key=key).expect(201).body == again.body


def test_the_answer_to_commit_is_lost(guarded, api):
    """The worker lives and cannot know; whoever repeats finds out."""
    key, body = secrets.token_hex(8), {"legal_name": "Lost " + secrets.token_hex(6)}
    guarded.pg.set("cut commit", "billfold_api")
    answer = api.post("/v1/accounts", body, key=key)
    assert guarded.pg.held.is_set() and named(guarded, body["legal_name"]) == 1
    if answer.status == 201:  # it asked again by the key
        assert answer.headers["Idempotent-Replayed"] == "true"
    else:
        unavailable(answer)
    guarded.open_all()
    again = api.post("/v1/accounts", body, key=key).expect(201)
    assert again.headers["Idempotent-Replayed"] == "true" and named(guarded, body["legal_name"]) == 1


def test_a_lost_answer_is_never_asked_for_again_by_itself(guarded, api):
    """Without a key nobody may guess: one row, and an answer that promises nothing."""
    body = {"legal_name": "Unknown " + secrets.token_hex(6)}
    guarded.pg.set("cut commit", "billfold_api")
    unavailable(api.post("/v1/accounts", body))
    guarded.open_all()
    assert named(guarded, body["legal_name"]) == 1


def test_the_connection_went_before_anything_was_asked(guarded, api):
    """A server that restarted between two requests costs nobody an error."""
    api.get("/v1/accounts", limit=1).expect(200)
    guarded.pg.set("shut")
    guarded.pg.set("open")
    for _ in range(6):
        name = "After a restart " + secrets.token_hex(6)
        api.post("/v1/accounts", {"legal_name": name}).expect(201)
        assert named(guarded, name) == 1


# ---- PostgreSQL away ----

def test_without_the_database(guarded, api):
    guarded.pg.set("shut")
    client = guarded.client()
    user = guarded.shop.users["owner"]
    for answer in (api.get("/v1/accounts"), api.get("/v1/me"), api.post("/v1/accounts", {"legal_name": "Away"}), api.get("/v1/changes"),
                   api.patch("/v1/settings", {"name": "Away"}, "*"), api.get("/v1/accounts/0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77"),
                   api.post("/v1/accounts/search", {}), guarded.session.get("/v1/accounts"),
                   client.post("/v1/session", {"tenant": guarded.shop.slug, "email": user["email"], "password": user["password"]})):
        unavailable(answer)
    page = client.get("/pay/" + "x" * 60)
    assert page.status in (404, 503) and not LEAKS.search(page.body)
    # What needs no database goes on, and what is wrong anyway is told so.
    client.get("/v1/openapi.json").expect(200)
    client.get("/.well-known/jwks.json").expect(200)
    problem(client.get("/v1/accounts"), 401)
    problem(api.get("/v1/nothing"), 404)
    problem(api.post("/v1/accounts", b"{"), 400)
    workers = guarded.workers()
    guarded.open_all()
    api.get("/v1/accounts", limit=1).expect(200)
    assert guarded.workers() == workers
    assert named(guarded, "Away") == 0


# ---- Redis away ----

def test_without_redis_tokens_go_on_and_sessions_wait(guarded, api):
    guarded.redis.set("shut")
    for _ in range(5):
        api.get("/v1/accounts", limit=1).expect(200)
    made = api.post("/v1/accounts", {"legal_name": "Without Redis"}, key=secrets.token_hex(8)).expect(201)
    api.patch("/v1/accounts/" + made.json["id"], {"notes": "x"}, made.etag).expect(200)
    unavailable(guarded.session.get("/v1/me"))
    unavailable(guarded.session.post("/v1/accounts", {"legal_name": "By cookie"}))
    user = guarded.shop.users["owner"]
    unavailable(guarded.client().post("/v1/session", {"tenant": guarded.shop.slug, "email": user["email"], "password": user["password"]}))
    assert named(guarded, "By cookie") == 0
    guarded.open_all()
    guarded.session.get("/v1/me").expect(200)  # the session lives on
    assert api.get("/v1/me").expect(200).headers["RateLimit"]


def test_redis_that_forgot_everything_signs_out_and_nothing_else(guarded, api):
    subprocess.run(["redis-cli", "-s", guarded.redis.target, "flushall"], check=True, capture_output=True)
    api.get("/v1/me").expect(200)
    problem(guarded.session.get("/v1/me"), 401, "unauthenticated")
    guarded.session = guarded.shop.sign_in("owner")
    guarded.session.get("/v1/me").expect(200)
