"""Long work as people see it: whose it is to look at, what a review by the hundred does, and what ends it before its time."""
import json
import secrets

import pytest

from harness.held import held, waits
from harness.problem import problem
from harness.wait import wait_for
from test_bulk import act, export
from test_imports import columns, finished, results, take

NOBODY = "01900000-0000-7000-8000-000000000000"


def accounts(client, n):
    items = [{"op": "create", "data": {"legal_name": f"A {i} {secrets.token_hex(3)}"}} for i in range(n)]
    return [row["data"]["id"] for row in client.post("/v1/accounts/batch", {"items": items}).expect(200).json["data"]]


def path_of(operation):
    return f"/v1/operations/{operation['id']}"


# ---- whose it is to look at ----

@pytest.fixture(scope="module")
def shop(new_tenant):
    return new_tenant("operations", roles=("owner", "admin", "billing", "sales", "support", "auditor"))


def sees(client, operation):
    """By id, in the list, by ids and in an export: all the same."""
    by_id = client.get(path_of(operation))
    if by_id.status != 200:
        problem(by_id, 404, "not_found")
    listed = operation["id"] in [row["id"] for row in client.all("/v1/operations")]
    several = client.get("/v1/operations", ids=f"{operation['id']},{NOBODY}").expect(200).json
    assert (operation["id"] in several["missing"]) == (several["data"] == [])
    asked = finished(client, client.post("/v1/exports", {"resource": "operation", "format": "jsonl"}))
    exported = operation["id"].encode() in client.get(asked["file_url"]).expect(200).body
    assert {listed, bool(several["data"]), exported} == {by_id.status == 200}
    return listed


def test_who_sees_an_operation(shop, other_program):
    """Who asked for it, who may read what it works on, and who sees all jobs."""
    program = shop.program()
    account = program.post("/v1/accounts", {"legal_name": "Alpenblick"}).expect(201).json
    program.post("/v1/payments", {"account_id": account["id"], "amount": 100}).expect(201)
    payments = finished(program, program.post("/v1/exports", {"resource": "payment"}))
    deals = act(shop.as_role("sales"), "accounts", "patch", ids=[account["id"]], params={"legal_name": "Talblick"})
    clock = finished(program, program.post("/v1/test_clock/advance", {"to": "2100-01-01T00:00:00Z"}))
    people = {role: shop.as_role(role) for role in shop.users}
    assert {role for role, client in people.items() if sees(client, payments)} == set(people) - {"sales"}
    assert {role for role, client in people.items() if sees(client, deals)} == set(people)
    assert {role for role, client in people.items() if sees(client, clock)} == {"owner", "admin", "auditor"}
    assert sees(program, clock)
    narrow = shop.product.client(Authorization="Bearer " + shop.token("account.read"))
    assert sees(narrow, payments), "what it has asked for itself, whatever it may do now"
    assert not sees(other_program, deals)
    for operation in (payments, clock):
        problem(people["sales"].post(path_of(operation) + "/cancel"), 404, "not_found")
        problem(people["billing"].post(path_of(payments) + "/cancel"), 403, "forbidden")
    problem(people["sales"].get(path_of(clock) + "/results"), 403, "forbidden")


def test_an_export_holds_what_its_asker_may_read(shop):
    """R57: a file shows no more than the answers do."""
    sales, program = shop.as_role("sales"), shop.program()
    problem(sales.post("/v1/exports", {"resource": "payment"}), 403, "forbidden")
    accounts(program, 1)
    narrow = shop.product.client(Authorization="Bearer " + shop.token("account.read"))
    for client in (sales, narrow):
        _, file = export(client, "account", format="jsonl")
        row = file.body.decode().splitlines()[0]
        shown = client.get("/v1/accounts", limit=1).expect(200).json["data"][0]
        assert set(shown) <= set(json.loads(row)) | {"external_id"}


# ---- reviews ----

def test_many_are_approved_at_once(new_tenant, product):
    """R20: by the worker as by hand: not by who wrote them, and a later change takes it back."""
    tenant = new_tenant("reviews", roles=("billing", "approver"))
    api, billing, approver = tenant.program(), tenant.as_role("billing"), tenant.as_role("approver")
    settings = api.get("/v1/settings").expect(200)
    api.patch("/v1/settings", {"settings": {"billing": {"review_required": True}}}, settings.etag).expect(200)
    account = api.post("/v1/accounts", {"legal_name": "A", "contacts": [{"name": "Ann", "email": "ann@a.example", "roles": ["billing"]}]}).expect(201).json

    def draft(client):
        return client.post("/v1/invoices", {"account_id": account["id"], "lines": [{"description": "x", "unit_price": "1"}]}).expect(201).json["id"]

    theirs, own = [draft(api) for _ in range(60)], draft(billing)
    assert act(billing, "invoices", "submit", ids=theirs + [own])["done"] == 61
    assert set(failures(api, act(api, "invoices", "finalize", ids=theirs)).values()) == {"approval_required"}
    done = act(billing, "invoices", "approve", ids=theirs + [own])
    assert (done["state"], done["done"], failures(billing, done)) == ("done", 60, {own: "forbidden"})
    assert act(approver, "invoices", "approve", ids=[own])["done"] == 1
    shown = api.get(f"/v1/invoices/{theirs[0]}").expect(200).json
    assert [a["actor"] for a in shown["approvals"]] == [f"user:{tenant.users['billing']['id']}"]
    changed = api.patch(f"/v1/invoices/{theirs[0]}", {"lines": [{"description": "y", "unit_price": "2"}]}, shown).expect(200)
    back = act(billing, "invoices", "reject", ids=theirs[1:2], params={"reason": "Which hours?"})
    assert back["done"] == 1
    done = act(api, "invoices", "finalize", ids=theirs + [own])
    assert (done["done"], failures(api, done)) == (59, {theirs[0]: "approval_required", theirs[1]: "approval_required"})
    assert changed.json["status"] == "pending_approval"


def failures(client, operation):
    return {r["object_id"]: r["error"]["code"] for r in results(client, operation, state="failed")}


# ---- what ends it before its time ----

LATE = 700  # the row that is waited at: in the second of three steps of 500


@pytest.mark.parametrize("kind", ("bulk", "import"))
def test_rights_that_end_in_the_middle_end_the_rest(product, new_tenant, sql, kind):
    """R57: what was done stays, the rest is refused and told row by row."""
    tenant = new_tenant("revoked", roles=("owner", "admin"))
    api, admin = tenant.program(), tenant.as_role("admin")
    ids = accounts(api, 1000) + accounts(api, 500)
    with held(product, ids[LATE]):
        if kind == "bulk":
            asked = admin.post("/v1/accounts/bulk", {"action": "patch", "ids": ids, "params": {"notes": "seen"}})
        else:
            csv = "id,notes\r\n" + "".join(f"{i},seen\r\n" for i in ids)
            asked = admin.post("/v1/imports", {"resource": "account", "csv": csv, "columns": columns(notes="notes"), "match": {"column": "id", "field": "id"}})
        operation = asked.expect(202).json
        wait_for(lambda: waits(product), 30, "the run to come to the held row")
        user = api.get(f"/v1/users/{tenant.users['admin']['id']}").expect(200)
        api.patch(f"/v1/users/{user.json['id']}", {"state": "disabled"}, user.etag).expect(200)
    done = finished(api, asked)
    # The step under way was entered with the rights of its beginning; no later one is.
    assert done["state"] == "failed" and done["error"]["code"] == "session_stale", done
    assert done["done"] in (500, 1000) and done["done"] + done["failed"] == done["total"] == 1500
    refused = results(api, operation, state="failed")
    assert len(refused) == done["failed"] > 0 and {r["error"]["code"] for r in refused} == {"session_stale"}
    assert [r["position"] for r in refused] == list(range(done["done"] + 1, 1501))
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm.account WHERE tenant_id = %s AND notes = 'seen'", (tenant.id,))
        assert cursor.fetchone()[0] == done["done"]


@pytest.mark.parametrize("kind", ("bulk", "import"))
def test_cancelled_in_the_middle(product, new_tenant, sql, kind):
    """X34: what is done stays, and nothing more is."""
    tenant = new_tenant("cancelled", roles=())
    api = tenant.program()
    ids = accounts(api, 1000) + accounts(api, 500)
    with held(product, ids[700]):
        if kind == "bulk":
            asked = api.post("/v1/accounts/bulk", {"action": "patch", "ids": ids, "params": {"notes": "seen"}})
        else:
            csv = "id,notes\r\n" + "".join(f"{i},seen\r\n" for i in ids)
            asked = api.post("/v1/imports", {"resource": "account", "csv": csv, "columns": columns(notes="notes"), "match": {"column": "id", "field": "id"}})
        wait_for(lambda: waits(product), 30, "the run to come to the held row")
        api.post(path_of(asked.expect(202).json) + "/cancel").expect(202)
    done = finished(api, asked)
    assert (done["state"], done["failed"], done["cancel_requested"]) == ("cancelled", 0, True) and done["done"] == 1000, done
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm.account WHERE tenant_id = %s AND notes = 'seen'", (tenant.id,))
        assert cursor.fetchone()[0] == 1000
    problem(api.post(path_of(done) + "/cancel"), 409, "wrong_state")


@pytest.fixture
def slow(sql):
    """Tax rates that are read slowly, one by one."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT pg_get_viewdef('catalog.tax_rate_view'::regclass)")
        text = cursor.fetchone()[0].rstrip().rstrip(";")
        cursor.execute(f"CREATE OR REPLACE VIEW catalog.tax_rate_view WITH (security_invoker = true) AS {text} WHERE pg_sleep(0.008) IS NOT NULL")
        yield
        cursor.execute(f"CREATE OR REPLACE VIEW catalog.tax_rate_view WITH (security_invoker = true) AS {text}")


@pytest.fixture
def rates(new_tenant):
    tenant = new_tenant("long", roles=())
    for part in range(2):
        items = [{"op": "create", "data": {"country": "AT", "region": f"R{part}{i}", "category": "standard", "rate": "20"}} for i in range(1000)]
        tenant.program().post("/v1/tax_rates/batch", {"items": items}).expect(200)
    return tenant.program()


def lease(sql, operation):
    with sql.cursor() as cursor:
        cursor.execute("SELECT lease_until FROM job.job WHERE key = %s", ("operation:" + operation["id"],))
        return cursor.fetchone()[0]


def test_the_lease_of_a_long_export_goes_on(rates, slow, sql):
    """While it reads, too: nobody else begins it, and it can be ended."""
    asked = rates.post("/v1/exports", {"resource": "tax_rate"}).expect(202)
    wait_for(lambda: lease(sql, asked.json), 20, "the export to begin")
    first = lease(sql, asked.json)
    wait_for(lambda: (now := lease(sql, asked.json)) and now > first, 30, "a longer lease")
    assert rates.get(path_of(asked.json)).json["state"] == "running"
    rates.post(path_of(asked.json) + "/cancel").expect(202)
    done = finished(rates, asked, 20)
    assert done["state"] == "cancelled" and done["file_url"] is None


def test_work_that_succeeds_loses_no_lease(product, new_tenant):
    api = new_tenant("quiet", roles=()).program()
    before, log = product.metrics("billfold-invoiced"), product.log("billfold-invoiced")
    ids = accounts(api, 30)
    assert act(api, "accounts", "patch", ids=ids, params={"notes": "x"})["state"] == "done"
    assert take(api, "account", [{"legal_name": "B"}])["state"] == "done"
    export(api, "account")
    lost = 'billfold_jobs_total{result="lost"}'
    wait_for(lambda: product.metrics("billfold-invoiced")['billfold_jobs_total{result="done"}'] >= before['billfold_jobs_total{result="done"}'] + 3,
             20, "three jobs that are done")
    assert product.metrics("billfold-invoiced")[lost] == before[lost]
    assert "lease_lost" not in product.log("billfold-invoiced")[len(log):]
