"""billfold import and export: files into a tenant and out of it, by the same doors as the API's."""
import csv
import io
import json
import subprocess
import uuid

import pytest
from harness.wait import wait_for

OK, REFUSED, DATA = 0, 1, 65

ACCOUNTS = """legal_name,account_name,currency
Alder Ltd,Alder,EUR
Birch GmbH,Birch,EUR
"""


@pytest.fixture
def file(product):
    """Writes a file where the operator of the tests may read it; returns its path."""
    def write(text, ending="csv"):
        path = product.home / "state" / f"{uuid.uuid4()}.{ending}"
        path.write_text(text)
        path.chmod(0o644)
        return str(path)

    return write


def names(tenant):
    return sorted(a["legal_name"] for a in tenant.program().all("/v1/accounts"))


def test_records_become_objects_and_the_trail_names_the_operator(billfold, new_tenant, file, sql):
    tenant = new_tenant("imported", roles=())
    ran = billfold("--json", "import", tenant.slug, "account", file(ACCOUNTS)).expect(OK)
    told = ran.json
    assert (told["state"], told["total"], told["done"], told["created"], told["failed"]) == ("done", 2, 2, 2, 0)
    assert told["wrong"] == [] and told["dry_run"] is False
    assert names(tenant) == ["Alder Ltd", "Birch GmbH"]
    # The operation is the tenant's own, and is seen where all others are.
    assert tenant.program().get(f"/v1/operations/{told['operation']}").expect(200).json["created"] == 2
    with sql.cursor() as cursor:
        cursor.execute("SELECT DISTINCT split_part(actor, ':', 1) FROM audit.entry WHERE tenant_id = %s AND object = 'account'", (tenant.id,))
        assert cursor.fetchall() == [("operator",)]


def test_a_file_comes_by_standard_input_too(billfold, new_tenant):
    tenant = new_tenant("piped", roles=())
    ran = billfold("import", tenant.slug, "account", "-", "--delimiter", ";", stdin=ACCOUNTS.replace(",", ";")).expect(OK)
    assert "created: 2" in ran.out and names(tenant) == ["Alder Ltd", "Birch GmbH"]


def test_input_without_an_end_is_refused(product, tenant):
    with open("/dev/zero") as zeros:
        ran = subprocess.run(product.argv("--json", "import", tenant.slug, "account", "-"), stdin=zeros, capture_output=True, text=True, timeout=60)
    assert ran.returncode == DATA and json.loads(ran.stderr)["errors"][0]["code"] == "too_large"


def test_a_dry_run_says_what_would_come_of_it_and_keeps_nothing(billfold, new_tenant, file):
    tenant = new_tenant("dry", roles=())
    told = billfold("--json", "import", tenant.slug, "account", file(ACCOUNTS + "Bad Ltd,Bad,XXQ\n"), "--dry-run").expect(DATA).json
    assert (told["dry_run"], told["created"], told["failed"]) == (True, 2, 1)
    assert [(w["line"], w["pointer"]) for w in told["wrong"]] == [(4, "/currency")]
    assert names(tenant) == []


def test_a_map_says_which_column_goes_where(billfold, new_tenant, file):
    tenant = new_tenant("mapped", roles=())
    text = "Firma;Kundennummer;Ort\nZirbe AG;K-7;Wien\n"
    spec = {"columns": [{"column": "Firma", "field": "legal_name"}, {"column": "Ort", "field": "invoice_address.city"}],
            "constants": {"currency": "CHF", "account_name": "Zirbe"}, "match": {"column": "Kundennummer", "system": "erp"}}
    where = file(json.dumps(spec), "json")
    words = ("--json", "import", tenant.slug, "account", file(text), "--map", where, "--delimiter", ";")
    assert billfold(*words).expect(OK).json["created"] == 1
    found = tenant.program().all("/v1/accounts")[0]
    assert (found["legal_name"], found["currency"], found["invoice_address"]["city"]) == ("Zirbe AG", "CHF", "Wien")
    # The same again finds what is there, and changes nothing.
    again = billfold(*words).expect(OK).json
    assert (again["created"], again["skipped"]) == (0, 1)
    changed = billfold("--json", "import", tenant.slug, "account", file(text.replace("Wien", "Graz")), "--map", where, "--delimiter", ";").expect(OK).json
    assert (changed["created"], changed["updated"]) == (0, 1) and len(tenant.program().all("/v1/accounts")) == 1


def test_records_that_are_refused_are_told_and_the_others_go_in(billfold, new_tenant, file):
    tenant = new_tenant("partly", roles=())
    text = ACCOUNTS + "Bad Ltd,Bad,XXQ\n,Nameless,EUR\n"
    told = billfold("--json", "import", tenant.slug, "account", file(text)).expect(DATA).json
    assert (told["total"], told["created"], told["failed"]) == (4, 2, 2)
    assert [(w["line"], w["pointer"]) for w in told["wrong"]] == [(4, "/currency"), (5, "/legal_name")]
    shown = billfold("import", tenant.slug, "account", file("legal_name,account_name,currency\nBad Ltd,Bad,XXQ\n")).expect(DATA).out
    assert "failed: 1" in shown and "/currency" in shown


def test_all_or_none(billfold, new_tenant, file):
    tenant = new_tenant("atomic", roles=())
    told = billfold("--json", "import", tenant.slug, "account", file(ACCOUNTS + "Bad Ltd,Bad,XXQ\n"), "--atomic")
    assert told.status == DATA and told.json["created"] == 0
    assert names(tenant) == []


@pytest.mark.parametrize("words, status, pointer", [
    (["account", "/nonexistent/file.csv"], DATA, "/nonexistent/file.csv"),
    (["nonsense", "-"], DATA, "/resource"),
    (["account", "-", "--delimiter", "x"], DATA, "/delimiter"),
    (["account", "-", "--date-format", "whatever"], DATA, "/date_format"),
    (["account", "-", "--map", "/nonexistent/map.json"], DATA, "/nonexistent/map.json"),
])
def test_what_cannot_be_an_import_is_told_at_once(billfold, new_tenant, words, status, pointer):
    tenant = new_tenant("wrong", roles=())
    ran = billfold("--json", "import", tenant.slug, *words, stdin=ACCOUNTS).expect(status)
    assert ran.out == "" and pointer in [e["pointer"] for e in ran.problem["errors"]], ran.problem
    assert tenant.program().all("/v1/operations") == []


def test_nobodys_tenant_takes_nothing_in(billfold, file):
    assert billfold("--json", "import", "nobody", "account", file(ACCOUNTS)).expect(REFUSED).problem["code"] == "not_found"
    assert billfold("--json", "export", "nobody", "account", "--output", "/tmp/never").expect(REFUSED).problem["code"] == "not_found"


def test_an_import_may_be_left_at_work(billfold, new_tenant, file):
    tenant = new_tenant("left", roles=())
    told = billfold("--json", "import", tenant.slug, "account", file(ACCOUNTS), "--no-wait").expect(OK).json
    assert told["state"] in ("pending", "running", "done")
    wait_for(lambda: names(tenant) == ["Alder Ltd", "Birch GmbH"], 30, "the import that was left at work")


# ---- export ----

@pytest.fixture(scope="module")
def filled(product):
    tenant = product.tenant("filled", roles=())
    for name in ("Alder", "Birch", "Cedar"):
        tenant.program().post("/v1/accounts", {"legal_name": f"{name} \"Ltd\", Wien", "account_name": name, "currency": "EUR"}).expect(201)
    return tenant


def test_rows_come_by_standard_output(billfold, filled):
    rows = list(csv.DictReader(io.StringIO(billfold("export", filled.slug, "account").expect(OK).out)))
    assert sorted(r["legal_name"] for r in rows) == [f'{n} "Ltd", Wien' for n in ("Alder", "Birch", "Cedar")]
    assert {r["id"] for r in rows} == {a["id"] for a in filled.program().all("/v1/accounts")}


def test_an_export_that_comes_to_nothing_leaves_standard_output_to_rows(product, filled):
    """A pipe takes every line for a row: why there are none is told on standard error."""
    api, before = filled.program(), {o["id"] for o in filled.program().all("/v1/operations")}
    connection = product.database()
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE meta.operation_part IN SHARE ROW EXCLUSIVE MODE")  # its worker writes nothing
        asked = subprocess.Popen(product.argv("export", filled.slug, "account"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        made, = wait_for(lambda: [o["id"] for o in api.all("/v1/operations") if o["id"] not in before], what="the export")
        api.post(f"/v1/operations/{made}/cancel").expect(200, 202)
    finally:
        connection.close()
    out, told = asked.communicate(timeout=120)
    assert (asked.returncode, out) == (REFUSED, "") and made in told and "cancelled" in told


def test_a_file_is_written_whole_with_the_members_and_rows_asked_for(billfold, product, filled):
    path = product.home / "state" / "out.jsonl"
    told = billfold("--json", "export", filled.slug, "account", "--format", "jsonl", "--output", str(path), "--fields", "id,account_name",
                    "--where", '{"field": "account_name", "op": "eq", "value": "Birch"}').expect(OK).json
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [r["account_name"] for r in rows] == ["Birch"] and set(rows[0]) == {"object", "id", "account_name"}
    assert told["file"] == str(path) and told["bytes"] == path.stat().st_size and told["state"] == "done"
    assert not path.with_suffix(".jsonl.part").exists()


def test_what_was_exported_is_imported_elsewhere(billfold, product, filled, new_tenant):
    path = product.home / "state" / "round.csv"
    billfold("export", filled.slug, "account", "--output", str(path), "--fields", "legal_name,account_name,currency").expect(OK)
    other = new_tenant("round", roles=())
    assert billfold("--json", "import", other.slug, "account", str(path)).expect(OK).json["created"] == 3
    assert names(other) == names(filled)


@pytest.mark.parametrize("words, pointer", [
    (["nonsense", "--output", "/tmp/x"], "/resource"), (["account", "--fields", "id,nonsense", "--output", "/tmp/x"], None),
    (["account", "--where", "{", "--output", "/tmp/x"], "--where"), (["account", "--format", "xls", "--output", "/tmp/x"], "/format"),
    (["account"], None), (["account", "--output", "/nonexistent/x.csv"], "--output")])
def test_what_cannot_be_an_export_is_told(billfold, filled, words, pointer):
    ran = billfold("--json", "export", filled.slug, *words).expect(DATA)
    assert ran.out == "" and (not pointer or pointer in [e["pointer"] for e in ran.problem["errors"]]), ran.problem
