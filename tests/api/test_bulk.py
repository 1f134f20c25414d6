"""One action over many, and files that go out."""
import csv
import io
import json

import pytest

from harness.problem import pointers, problem
from harness.wait import wait_for
from test_imports import finished, killed_in_the_middle, results


def act(client, path, action, **spec):
    return finished(client, client.post(f"/v1/{path}/bulk", {"action": action, **spec}))


def failures(client, operation):
    return {r["object_id"]: r["error"]["code"] for r in results(client, operation, state="failed")}


@pytest.fixture
def deals(new_tenant):
    client = new_tenant("bulk").program()
    account = client.post("/v1/accounts", {"legal_name": "A", "contacts": [
        {"name": "Ann", "email": "ann@a.example", "roles": ["billing"]}]}).expect(201).json
    items = [{"op": "create", "data": {"name": f"D {i}", "account_id": account["id"],
                                       "lines": [{"description": "x", "unit_price": "10"}]}} for i in range(30)]
    made = client.post("/v1/deals/batch", {"items": items}).expect(200).json["data"]
    return client, [one["data"]["id"] for one in made], account


def count(client, path, **where):
    return client.get(path, count="exact", limit=1, **where).expect(200).json["total"]


def test_from_deals_to_numbers(deals, product, sql):
    client, ids, _ = deals
    bare = client.post("/v1/deals", {"name": "Bare"}).expect(201).json["id"]
    nobody = "01900000-0000-7000-8000-000000000000"
    trial = act(client, "deals", "win", ids=ids + [bare, nobody], dry_run=True)
    assert (trial["done"], trial["failed"]) == (30, 2) and count(client, "/v1/deals", state="won") == 0
    won = act(client, "deals", "win", ids=ids[:29] + [bare, nobody])
    assert (won["total"], won["done"], won["failed"]) == (31, 29, 2)
    found = {r["object_id"]: r["error"] for r in results(client, won, state="failed")}
    assert found[nobody]["code"] == "not_found" and "/account_id" in pointers(found[bare])
    assert failures(client, act(client, "deals", "lose", ids=[ids[0], ids[29]], params={"reason": "x"})) == {ids[0]: "wrong_state"}
    wait_for(lambda: count(client, "/v1/deals", billing_status="pending") == 0, 60, "the drafts")
    where = {"field": "status", "op": "eq", "value": "draft"}
    held = client.get("/v1/invoices", limit=1).json["data"][0]
    done = act(client, "invoices", "finalize", where=where, params={"expected_total": 1})
    assert done["state"] == "failed" and set(failures(client, done).values()) == {"total_mismatch"}
    assert act(client, "invoices", "finalize", where=where)["done"] == 29
    numbers = [i["number"] for i in client.all("/v1/invoices", limit=200)]
    assert sorted(int(n[-5:]) for n in numbers) == list(range(1, 30))
    assert failures(client, act(client, "invoices", "finalize", ids=[held["id"]])) == {held["id"]: "wrong_state"}


def test_patch_archive_restore(deals):
    client, ids, _ = deals
    where = {"field": "state", "op": "eq", "value": "open"}
    assert act(client, "deals", "patch", where=where, params={"po_number": "PO 1"})["done"] == 30
    assert {d["po_number"] for d in client.all("/v1/deals")} == {"PO 1"}
    assert act(client, "deals", "delete", ids=ids[:5])["done"] == 5
    assert count(client, "/v1/deals") == 25
    assert set(failures(client, act(client, "deals", "patch", ids=ids[:5], params={"po_number": None})).values()) == {"wrong_state"}
    assert act(client, "deals", "restore", where={"field": "state", "op": "eq", "value": "open"})["done"] == 5


def test_what_is_refused(deals, new_tenant):
    client, ids, _ = deals

    def refused(body, status=422, path="deals", who=client):
        return pointers(problem(who.post(f"/v1/{path}/bulk", body), status))

    assert refused({"action": "fly", "ids": ids}) == {"/action": "choice"}
    # What answers something of its own is for one: over many nobody would see it.
    assert refused({"action": "preview_cancel", "ids": ids}, path="subscriptions") == {"/action": "choice"}
    assert refused({"action": "win"}) == {"/where": "required"}
    assert refused({"action": "win", "ids": ids, "where": {"and": []}}) == {"/where": "conflict"}
    assert refused({"action": "win", "ids": ids, "params": {"x": 1, "closed_on": "never"}}) == {
        "/params/x": "unknown", "/params/closed_on": "format"}
    assert refused({"action": "win", "where": {"field": "x", "op": "eq", "value": 1}, "params": {"x": 1}}) == {
        "/params/x": "unknown", "/where/field": "unknown"}
    assert refused({"action": "patch", "ids": ids, "params": {"state": "won"}}) == {"/params/state": "read_only"}
    tenant = new_tenant("rights")
    assert refused({"action": "patch", "ids": ids, "params": {"payment_terms": 5}}, 403, "accounts", tenant.as_role("sales")) == {
        "/params/payment_terms": "forbidden_field"}
    refused({"action": "win", "ids": ids}, 403, who=tenant.as_role("read_only"))
    other = act(tenant.program(), "deals", "win", ids=ids)
    assert other["state"] == "failed" and set(failures(tenant.program(), other).values()) == {"not_found"}


def test_a_killed_worker_finalizes_each_once(product, sql, new_tenant):
    client = new_tenant("finalize").program()
    account = client.post("/v1/accounts", {"legal_name": "A", "contacts": [
        {"name": "Ann", "email": "ann@a.example", "roles": ["billing"]}]}).expect(201).json
    for _ in range(2):
        items = [{"op": "create", "data": {"account_id": account["id"], "lines": [{"description": "x", "unit_price": "1"}]}}] * 700
        first = client.post("/v1/invoices/batch", {"items": items}).expect(200).json["data"][0]["data"]
    done = killed_in_the_middle(product, sql, client, lambda: client.post("/v1/invoices/bulk", {
        "action": "finalize", "where": {"field": "status", "op": "eq", "value": "draft"}}), first["id"], "billing.invoice")
    assert (done["state"], done["done"], done["failed"]) == ("done", 1400, 0)
    with sql.cursor() as cursor:
        cursor.execute("SELECT min(series_no), max(series_no), count(DISTINCT series_no) FROM billing.invoice WHERE account_id = %s",
                       (account["id"],))
        assert cursor.fetchone() == (1, 1400, 1400)
        cursor.execute("SELECT count(*), count(DISTINCT document_id) FROM ledger.entry e JOIN billing.invoice i ON i.id = e.document_id"
                       " WHERE i.account_id = %s", (account["id"],))
        assert cursor.fetchone() == (1400, 1400)


# ---- exports ----

NAMES = ["=1+1", "+43", "-x", "@a", "\tt", "\rr", "a;=b", '"=q', "'=already", "plain", "two\r\nlines", "ünï"]


def export(client, resource, **spec):
    operation = finished(client, client.post("/v1/exports", {"resource": resource, **spec}))
    assert operation["state"] == "done", operation
    answer = client.get(operation["file_url"]).expect(200)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert len(answer.body) == operation["result"]["bytes"]
    return operation, answer


def test_the_log_says_how_long_a_file_was(product, new_tenant):
    client = new_tenant("logged").program()
    client.post("/v1/accounts", {"legal_name": "Alder Ltd", "account_name": "Alder", "currency": "EUR"}).expect(201)
    _, answer = export(client, "account")
    line, = (json.loads(x) for x in product.log("billfold-api").splitlines() if f'"{answer.headers["X-Request-Id"]}"' in x)
    assert int(line["bytes"]) == len(answer.body) > 0


def test_a_file_goes_out_and_comes_in_again(new_tenant):
    client, empty = new_tenant("out").program(), new_tenant("in").program()
    for i, name in enumerate(NAMES):
        client.post("/v1/accounts", {"legal_name": name, "contacts": [{"name": name}],
                                     "external_ids": [{"system": "erp", "id": str(i)}]}).expect(201)
    stored = {a["legal_name"] for a in client.all("/v1/accounts")}
    assert stored == set(NAMES)
    operation, answer = export(client, "account", fields=["legal_name", "contacts", "invoice_address", "external_ids", "payment_terms"])
    assert operation["total"] == operation["done"] == len(NAMES)
    text = answer.body.decode()
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    for row in table:
        for column in ("legal_name", "contacts.0.name"):
            assert row[column][:1] not in "=+-@\t\r" and row[column][:1] != "", row
    back = finished(empty, empty.post("/v1/imports", {"resource": "account", "csv": text,
                                                      "match": {"column": "external_ids.erp", "system": "erp"}}))
    assert back["created"] == len(NAMES), results(empty, back, state="failed")
    restored = {a["external_ids"][0]["id"]: a["legal_name"] for a in
                (empty.get(f"/v1/accounts/{x['id']}").json for x in empty.all("/v1/accounts"))}
    assert [restored[str(i)] for i in range(len(NAMES))] == NAMES
    again = finished(client, client.post("/v1/imports", {"resource": "account", "csv": text,
                                                         "match": {"column": "id", "field": "id"}}))
    assert (again["skipped"], again["failed"]) == (len(NAMES), 0)


def test_lines_and_rights(deals, new_tenant):
    client, ids, account = deals
    operation, answer = export(client, "deal", format="jsonl", where={"field": "state", "op": "eq", "value": "open"})
    rows = [json.loads(line) for line in answer.body.decode().splitlines()]
    assert [r["id"] for r in rows] == sorted(ids) and all(len(r["lines"]) == 1 for r in rows)
    problem(new_tenant("stranger").program().get(operation["file_url"]), 404)
    assert pointers(problem(client.post("/v1/exports", {"resource": "deal", "fields": ["nope"]}), 422)) == {"/fields": "unknown"}
    problem(client.get(f"/v1/operations/{act(client, 'deals', 'win', ids=ids[:1])['id']}/file"), 404)
