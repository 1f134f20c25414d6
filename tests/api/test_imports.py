"""Imports: files that come in, row by row through the doors of single requests, whatever happens to the worker."""
import csv
import io
import json
import os
import pathlib
import secrets
import signal

import pytest

from harness.content import difference, fingerprint
from harness.held import held, waits
from harness.problem import pointers, problem
from harness.wait import wait_for

CRM = ("crm.account", "crm.contact", "crm.deal", "crm.deal_line", "catalog.product", "meta.external_id")


def text(rows, header=None):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header or list(rows[0]))
    writer.writerows(row.values() if isinstance(row, dict) else row for row in rows)
    return out.getvalue()


def finished(client, answer, seconds=60):
    path = "/v1/operations/" + answer.expect(202).json["id"]
    return wait_for(lambda: (o := client.get(path).expect(200).json)["state"] not in ("pending", "running") and o, seconds, path)


def take(client, resource, rows, header=None, **spec):
    return finished(client, client.post("/v1/imports", {"resource": resource, "csv": text(rows, header), **spec}))


def counts(operation):
    found = {key: operation[key] for key in ("created", "updated", "skipped", "failed")}
    assert sum(found.values()) == operation["total"] and operation["done"] == operation["total"] - operation["failed"]
    return tuple(found.values())


def results(client, operation, **query):
    return client.all(f"/v1/operations/{operation['id']}/results", **query)


def columns(**fields):
    return [{"column": column, "field": field} for column, field in fields.items()]


@pytest.fixture
def client(new_tenant):
    return new_tenant("imports").program()


def test_made_changed_left_alone(client):
    spec = {"columns": columns(name="legal_name", town="invoice_address.city"), "match": {"column": "id", "system": "erp"}}
    rows = [{"id": "1", "name": "One", "town": "Wien"}, {"id": "2", "name": "Two", "town": ""}]
    assert counts(take(client, "account", rows, **spec)) == (2, 0, 0, 0)
    rows[1]["town"] = "Graz"
    again = take(client, "account", rows + [{"id": "3", "name": "Three", "town": ""}], **spec)
    assert counts(again) == (1, 1, 1, 0) and again["state"] == "done"
    assert [(r["position"], r["line"], r["state"]) for r in results(client, again)] == [
        (1, 2, "skipped"), (2, 3, "updated"), (3, 4, "created")]
    one = client.get("/v1/accounts/external:erp:2").expect(200).json
    assert one["invoice_address"] == {"city": "Graz"} and one["version"] == 2
    assert counts(take(client, "account", rows, **spec)) == (0, 0, 2, 0)
    assert client.get("/v1/accounts/external:erp:2").json["version"] == 2


def test_every_kind_of_target(client):
    client.post("/v1/custom_fields", {"resource": "deal", "key": "code", "label": "Code", "type": "integer"}).expect(201)
    owner = client.get("/v1/users", limit=1).json["data"][0]
    take(client, "account", [{"id": "a", "name": "A", "contact": "Ann", "mail": "ann@a.example", "roles": "billing, buyer"}],
         columns=columns(name="legal_name", contact="contacts.0.name", mail="contacts.0.email", roles="contacts.0.roles"),
         match={"column": "id", "system": "erp"})
    account = client.get("/v1/accounts/external:erp:a").json
    assert [(c["name"], sorted(c["roles"])) for c in account["contacts"]] == [("Ann", ["billing", "buyer"])]
    done = take(client, "deal", [["d1", "First", "a", owner["email"], "31.12.2026", "x", "1.000,5", "7"],
                                 ["d2", "Second", "", "", "", "", "", ""]],
                ["id", "name", "customer", "agent", "day", "text", "price", "code"],
                columns=columns(name="name", day="closed_on", text="lines.0.description", price="lines.0.unit_price",
                                code="custom.code") + [
                    {"column": "customer", "field": "account_id", "ref": {"system": "erp"}},
                    {"column": "agent", "field": "owner_id", "ref": {"field": "email"}}],
                constants={"po_number": "PO", "lines.0.quantity": "2"}, decimal=",", date_format="DD.MM.YYYY",
                match={"column": "id", "system": "erp"})
    # A thousands mark is no number here: it is said, not guessed.
    assert counts(done) == (1, 0, 0, 1)
    assert pointers(results(client, done, state="failed")[0]["error"]) == {"/lines/0/unit_price": "format"}
    second = client.get("/v1/deals/external:erp:d2").json
    assert second["lines"] == [] and second["po_number"] == "PO" and second["account_id"] is None
    done = take(client, "deal", [["d1", "First", "a", owner["email"].upper(), "31.12.2026", "x", "1000,5", "7"]],
                ["id", "name", "customer", "agent", "day", "text", "price", "code"],
                columns=columns(name="name", day="closed_on", text="lines.0.description", price="lines.0.unit_price",
                                code="custom.code") + [
                    {"column": "customer", "field": "account_id", "ref": {"system": "erp"}},
                    {"column": "agent", "field": "owner_id", "ref": {"field": "email"}}],
                constants={"lines.0.quantity": "2"}, decimal=",", date_format="DD.MM.YYYY",
                match={"column": "id", "system": "erp"})
    assert counts(done) == (1, 0, 0, 0)
    first = client.get("/v1/deals/external:erp:d1").json
    assert (first["account_id"], first["owner_id"], first["closed_on"], first["amount"], first["custom"]) == (
        account["id"], owner["id"], "2026-12-31", 200100, {"code": 7})


def test_rows_wait_for_rows_of_their_file(client):
    rows = [{"id": str(i), "name": f"N {i}", "parent": str(i + 1) if i < 4 else ""} for i in range(5)]
    rows.append({"id": "9", "name": "Orphan", "parent": "77"})
    done = take(client, "account", rows, columns=columns(name="legal_name") + [
        {"column": "parent", "field": "parent_id", "ref": {"system": "erp"}}], match={"column": "id", "system": "erp"})
    assert counts(done) == (5, 0, 0, 1)
    assert pointers(results(client, done, state="failed")[0]["error"]) == {"/parent_id": "not_found"}
    child, parent = (client.get(f"/v1/accounts/external:erp:{i}").json for i in (0, 1))
    assert child["parent_id"] == parent["id"]


def test_a_bad_row_stops_no_other(client):
    client.post("/v1/products", {"code": "taken", "name": "Taken"}).expect(201)
    rows = [[f"p{i}", f"Product {i}"] for i in range(40)]
    rows[7], rows[20], rows[33] = ["taken", "Again"], ["p20", ""], ["p33", "X", "more"]
    done = take(client, "product", rows, ["code", "name"], columns=columns(code="code", name="name"))
    assert counts(done) == (37, 0, 0, 3)
    failed = {r["line"]: r["error"] for r in results(client, done, state="failed")}
    assert set(failed) == {9, 22, 35}
    assert failed[9]["code"] == "already_exists" and pointers(failed[22]) == {"/name": "required"}
    assert pointers(failed[35]) == {"": "ragged"}


def test_none_is_no_success(client):
    done = take(client, "account", [{"mail": "x"}], columns=columns(mail="email"))
    assert done["state"] == "failed" and counts(done) == (0, 0, 0, 1) and done["error"]["code"] == "validation_failed"


def test_a_trial_and_all_or_none(client, sql):
    rows = [{"code": "a", "name": "A"}, {"code": "b", "name": ""}]
    before = fingerprint(sql, only=CRM)
    done = take(client, "product", rows, dry_run=True)
    assert counts(done) == (1, 0, 0, 1) and pointers(results(client, done, state="failed")[0]["error"]) == {"/name": "required"}
    done = take(client, "product", rows, atomic=True)
    assert done["state"] == "failed" and counts(done) == (0, 0, 1, 1)
    assert difference(before, fingerprint(sql, only=CRM)) == []
    assert counts(take(client, "product", rows[:1] + [{"code": "c", "name": "C"}], atomic=True)) == (2, 0, 0, 0)


def test_what_is_wrong_with_a_file_is_said_at_once(client, sql):
    before = fingerprint(sql)

    def refused(body, status=422):
        return pointers(problem(client.post("/v1/imports", body), status))

    good = {"resource": "account", "csv": "name,x\r\nA,1\r\n"}
    assert refused({**good, "csv": "name\r\n\"A"}) == {"/csv": "malformed"}
    assert refused({**good, "csv": "name\r\n"}) == {"/csv": "required"}
    assert refused({**good, "resource": "user"}) == {"/resource": "choice"}
    assert refused(good) == {"/columns": "required"}
    assert refused({**good, "columns": columns(name="legal_name", nope="email", x="id"), "constants": {"nothing": 1},
                    "match": {"column": "no", "system": "B A D"}, "atomic": True}) == {
        "/columns/1/column": "unknown", "/columns/2/field": "read_only", "/constants/nothing": "unknown",
        "/match/column": "unknown", "/match/system": "unknown"}
    assert refused({**good, "columns": columns(name="legal_name", x="legal_name")}) == {"/columns/1/field": "duplicate"}
    assert difference(before, fingerprint(sql)) == []


def parts(spec, content, name="csv"):
    return (b"--B\r\nContent-Disposition: form-data; name=\"spec\"\r\n\r\n" + json.dumps(spec).encode() +
            b"\r\n--B\r\nContent-Disposition: form-data; name=\"" + name.encode() +
            b"\"; filename=\"a;b.csv\"\r\nContent-Type: text/csv\r\n\r\n" + content + b"\r\n--B--\r\n")


def test_a_file_as_a_form_sends_it(client):
    spec = {"resource": "product", "match": {"column": "code", "field": "code"}}
    media = "multipart/form-data; boundary=B"
    rows = b"".join(b"c%d,\"Name %d\r\non two lines\",%s\r\n" % (i, i, b"x" * 1500) for i in range(1200))
    large = b"\xef\xbb\xbfcode,name,ignored\r\n" + rows
    assert len(large) > 1 << 20
    done = finished(client, client.request("POST", "/v1/imports", parts(spec, large), media=media))
    assert counts(done) == (1200, 0, 0, 0) and done["result"]["unmapped_columns"] == ["ignored"]
    last = results(client, done)[-1]
    assert last["position"] == 1200 and last["line"] == 2400
    for content in (b"code,name\r\n\xff,x\r\n", b"code,name\r\na,\0\r\n"):
        assert pointers(problem(client.request("POST", "/v1/imports", parts(spec, content), media=media), 422)) == {"/csv": "encoding"}
    problem(client.request("POST", "/v1/imports", parts(spec, b"a", "other"), media=media), 422)
    problem(client.request("POST", "/v1/imports", parts(spec, b"a")[:-8], media=media), 400, "bad_request")


def test_guards_hold(new_tenant, sql):
    tenant = new_tenant("guards")
    sales, program = tenant.as_role("sales"), tenant.program()
    answer = sales.post("/v1/imports", {"resource": "account", "csv": "name,days\r\nA,5\r\n",
                                        "columns": columns(name="legal_name", days="payment_terms")})
    assert pointers(problem(answer, 403, "forbidden_field")) == {"/columns/1/field": "forbidden_field"}
    with sql.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry WHERE tenant_id = %s AND action = 'denied:POST /v1/imports'", (tenant.id,))
        assert cursor.fetchone()[0] >= 1
    problem(tenant.as_role("read_only").post("/v1/imports", {"resource": "account", "csv": "legal_name\r\nA\r\n"}), 403)
    # What came of it is for those who could have done it.
    done = take(program, "account", [{"name": "A", "days": "5"}], columns=columns(name="legal_name", days="payment_terms"))
    path = f"/v1/operations/{done['id']}/results"
    problem(sales.get(path), 403)
    tenant.as_role("billing").get(path).expect(200)
    problem(new_tenant("stranger").program().get(path), 404)
    # It is done as whoever asked.
    own = take(sales, "account", [{"legal_name": "Mine"}])
    with sql.cursor() as cursor:
        cursor.execute("SELECT actor FROM audit.entry WHERE tenant_id = %s AND object = 'account' AND object_id = %s",
                       (tenant.id, results(sales, own)[0]["object_id"]))
        assert cursor.fetchone()[0] == "user:" + tenant.users["sales"]["id"]


def kill_workers(product):
    supervisor = product.pid("billfold-invoiced")
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == supervisor:
                os.kill(int(stat.parent.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            continue


def killed_in_the_middle(product, sql, client, ask, ident, table="crm.account"):
    """The operation that ask() asks for, after its worker was killed at this row, which is not of its first step, and its lease has run out."""
    with held(product, ident, table):
        answer = ask().expect(202)
        backends = wait_for(lambda: waits(product), what="the run to come to the held row")
        kill_workers(product)
        middle = client.get("/v1/operations/" + answer.json["id"]).json
        assert middle["state"] == "running" and 0 < middle["done"] < middle["total"], middle

    def over():
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", (backends,))
        return cursor.fetchone() == (0,)

    with sql.cursor() as cursor:
        wait_for(over, what="the database to notice, once it has done what it had got by then")
        cursor.execute("UPDATE job.job SET lease_until = now() WHERE key = %s AND state = 'leased'",
                       ("operation:" + middle["id"],))
    return finished(client, answer, 120)


def test_a_killed_worker_doubles_nothing_and_loses_nothing(product, sql, new_tenant):
    client = new_tenant("killed").program()
    mark = secrets.token_hex(3)
    rows = [{"id": f"{mark}-{i}", "name": f"A {i}", "mail": f"a{i}@x.example"} for i in range(4000)]
    spec = {"resource": "account", "csv": text(rows), "columns": columns(name="legal_name", mail="email"),
            "match": {"column": "id", "system": "erp"}}
    there = results(client, take(client, "account", rows[700:701], **{k: spec[k] for k in ("columns", "match")}))[0]["object_id"]
    rows[700]["mail"] = "other@x.example"
    spec["csv"] = text(rows)
    done = killed_in_the_middle(product, sql, client, lambda: client.post("/v1/imports", spec), there)
    assert done["state"] == "done" and counts(done) == (3999, 1, 0, 0)
    assert client.get("/v1/accounts", count="exact", limit=1).json["total"] == 4000
    assert counts(finished(client, client.post("/v1/imports", spec))) == (0, 0, 4000, 0)
