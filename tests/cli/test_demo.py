"""billfold demo, and what quickstart says at its end: the promise of its last line."""
import json
import os
import re
import subprocess

import psycopg2
import pytest
from harness.product import SOURCE, STACK

OK, DATA, UNAVAILABLE = 0, 65, 69


@pytest.fixture(scope="module")
def state(product):
    """A place that the operator may write to."""
    return str(product.home / "state" / "demo.json")


@pytest.fixture(scope="module")
def made(billfold, product, state):
    return billfold("--json", "demo", "--state", state, "--mail", product.facts["mail"]).expect(OK)


def test_the_main_job_is_done_and_each_step_tells_what_it_found(made):
    steps = re.findall(r"^ +(\w+) +\S", made.err, re.M)
    for step in ("account", "product", "deal", "win", "review", "finalize", "send", "pay", "plan", "subscribe", "change", "statement", "books"):
        assert step in steps, made.err
    assert re.search(r"finalize +number INV-\d{4}-00001,", made.err)
    assert re.search(r"difference 0\.00 EUR", made.err)


def test_it_tells_log_ins_that_work(product, made):
    tenant = made.json["tenant"]
    assert tenant["slug"] == "demo" and set(made.json) == {"url", "tenant", "users", "client"}
    for role, user in made.json["users"].items():
        session = product.client().sign_in(tenant["slug"], user["email"], user["password"])
        assert session.get("/v1/me").expect(200).json["user"]["role"] == role
    client = made.json["client"]
    token = product.client().token(client["id"], client["secret"])
    invoices = product.client(Authorization="Bearer " + token).get("/v1/invoices").expect(200).json["data"]
    assert [i["status"] for i in invoices if i["number"]][:1] == ["paid"]


def test_a_second_call_finds_things_as_they_are(billfold, product, made, state, sql):
    def rows():
        with sql.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM billing.invoice WHERE tenant_id = %s", (made.json["tenant"]["id"],))
            return cursor.fetchone()

    before = rows()
    again = billfold("--json", "demo", "--state", state, "--mail", product.facts["mail"]).expect(OK)
    assert again.json == made.json and rows() == before
    assert oct(os.stat(state).st_mode & 0o777) == "0o600"


def test_what_stands_in_its_way_is_told(billfold, product, made):
    taken = billfold("demo", "--state", str(product.home / "state" / "other.json"))
    assert taken.status != OK and "Failed: " in taken.err and "What to do: " in taken.err
    away = billfold("demo", "--state", str(product.home / "state" / "third.json"), "--slug", "away", "--url", "http://127.0.0.1:9")
    assert away.status != OK and "What to do: " in away.err and "Traceback" not in away.err


def described(product):
    done = subprocess.run([str(STACK), "describe", str(product.home)], capture_output=True, text=True, check=True)
    return done.stdout


def summary(facts, *logins):
    done = subprocess.run([str(SOURCE / "deploy" / "lib" / "summary.py"), facts, *logins], capture_output=True, text=True, check=True)
    return done.stdout, json.loads(done.stdout.splitlines()[-1])


def test_the_last_line_is_one_object_of_these_members(product, made, tmp_path):
    logins = tmp_path / "logins.json"
    logins.write_text(made.out)
    text, last = summary(described(product), str(logins))
    assert list(last) == ["url", "home", "mail", "metrics", "tenant", "users", "client", "pg", "redis"]
    assert last["url"] == product.url and last["home"] == str(product.home)
    assert {"new", "cur", "tmp"} <= set(os.listdir(last["mail"]))
    assert set(last["tenant"]) == {"id", "slug"} and set(last["client"]) == {"id", "secret"}
    assert list(last["users"]) == ["owner", "sales", "billing"]
    assert all(set(user) == {"email", "password"} for user in last["users"].values())
    assert set(last["metrics"]) == {f"billfold-{p}" for p in ("api", "scheduler", "invoiced", "paymentd", "maild", "syncd")}
    for program in last["metrics"]:
        assert product.metrics(program)
    for user in last["users"].values():
        assert user["email"] in text and user["password"] in text


def test_the_database_it_names_shows_all_tenants(product, made, new_tenant):
    other = new_tenant("seen", roles=())
    connection = psycopg2.connect(json.loads(described(product))["pg"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, array_agg(slug) FROM tenant.tenant")
        role, slugs = cursor.fetchone()
    connection.close()
    assert role == "billfold_migrate" and {"demo", other.slug} <= set(slugs)


def test_the_redis_it_names_answers(product):
    done = subprocess.run(["redis-cli", "-s", json.loads(described(product))["redis"], "ping"], capture_output=True, text=True)
    assert done.stdout.strip() == "PONG"


def test_an_empty_product_has_no_log_ins(product):
    _, last = summary(described(product), "/nonexistent")
    assert (last["tenant"], last["users"], last["client"]) == (None, {}, None)
    assert list(last) == ["url", "home", "mail", "metrics", "tenant", "users", "client", "pg", "redis"]
