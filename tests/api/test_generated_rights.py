"""Every role of the system × every operation: what the seed data permits, and nothing else."""
import csv
import json

import pytest

from harness import shared
from harness.contract import new_id
from harness.generated import ask, of
from harness.problem import pointers, problem
from harness.product import SOURCE

from harness.generated import pytest_generate_tests  # noqa: F401


def permitted():
    roles = {}
    with open(SOURCE / "sql" / "seed" / "auth.system_role_permission.csv", newline="") as file:
        for row in csv.DictReader(file):
            roles.setdefault(row["role_key"], set()).add(row["permission"])
    return roles


PERMITTED = permitted()


@pytest.fixture
def people(tenant):
    """A session of each role of the system."""
    for role in PERMITTED:
        if role not in tenant.users:
            tenant.users[role] = tenant.add_user(role)
    return {role: tenant.as_role(role) for role in PERMITTED}


@pytest.fixture(autouse=True)
def unchanged(people, nothing_written):
    """Around every test here: what is permitted is asked of an object that does not exist, or with a body that is not sound."""


def harmless(client, operation, headers=None, path=None):
    body = b"[]" if operation.takes_json else None
    return ask(client, operation, path or operation.at(new_id()), body, headers)


@of(lambda o: not o.public and o.id != "DELETE /v1/session")
def test_each_role_may_do_what_its_permissions_say(operation, people):
    for role, client in people.items():
        answer = harmless(client, operation)
        if operation.permission is None or operation.permission in PERMITTED[role]:
            assert answer.status not in (401, 403) and answer.status < 500, (role, answer)
        else:
            assert problem(answer, 403, "forbidden")["detail"].endswith(f"{operation.permission}."), (role, answer)


@of(lambda o: not o.public and o.permission)
def test_another_method_in_a_header_changes_nothing(operation, people):
    refused = next((role for role in PERMITTED if operation.permission not in PERMITTED[role]), None)
    if refused is None:
        return
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            problem(harmless(people[refused], operation, {header: method}), 403, "forbidden")
    problem(harmless(people[refused], operation, path=operation.at(new_id()) + "?_method=GET"), 403, "forbidden")


@of(lambda o: o.method == "GET" and not o.public)
def test_head_is_permitted_as_get_is(operation, people):
    for role, client in people.items():
        path = operation.at(new_id())
        got, head = client.get(path), client.head(path)
        assert head.status == got.status and head.body == b"", role
        assert head.headers["Content-Type"] == got.headers["Content-Type"]


@of(lambda o: o.permission)
def test_a_token_may_do_what_its_scope_says(operation, product, tenant, things):
    """With every permission but the one, and with the one alone."""
    everything = sorted(PERMITTED["owner"])
    without = product.client(Authorization="Bearer " + tenant.token(" ".join(p for p in everything if p != operation.permission)))
    answer = harmless(without, operation)
    problem(answer, 403, "insufficient_scope")
    assert operation.permission in answer.headers["WWW-Authenticate"]
    alone = harmless(product.client(Authorization="Bearer " + tenant.token(operation.permission)), operation)
    assert alone.status not in (401, 403) and alone.status < 500, alone


def guarded(operation):
    found = {}
    for name, schema in operation.body_schema.get("properties", {}).items():
        found.setdefault(operation.contract.resolve(schema).get("x-permission") or schema.get("x-permission"), []).append(name)
    found.pop(None, None)
    return found


@of(lambda o: o.takes_json and guarded(o))
def test_a_guarded_member_is_refused_by_pointer(operation, product, tenant, things):
    """Before anything else is looked at: whoever may write the object, but not this of it."""
    everything = sorted(PERMITTED["owner"])
    path = operation.at(things.ident(operation))
    for permission, names in guarded(operation).items():
        assert permission in everything
        scope = " ".join(p for p in everything if p != permission)
        client = product.client(Authorization="Bearer " + tenant.token(scope))
        body = dict(things.body(operation), **{name: {"of": ["no", "type"]} for name in names}, no_such_field=1)
        found = problem(ask(client, operation, path, body), 403, "forbidden_field")
        assert pointers(found) == {"/" + name: "forbidden_field" for name in names}
        batch = operation.contract.by_id(f"POST /v1/{operation.resource}/batch")
        if operation.create and batch:
            found = problem(client.post(batch.path, {"items": [{"op": "create", "data": body}]}), 403, "forbidden_field")
            assert set(pointers(found)) == {f"/items/0/data/{name}" for name in names}


def test_the_roles_are_those_of_the_seed_data(people, owner):
    for role, client in people.items():
        assert set(client.get("/v1/me").expect(200).json["permissions"]) == PERMITTED[role], role
    shown = {r["key"]: set(r["permissions"]) for r in owner.get("/v1/roles", limit=200).expect(200).json["data"] if r["system"]}
    assert shown == PERMITTED


def test_every_permission_is_asked_for_somewhere_and_every_operation_has_one():
    operations = shared.contract().operations
    words = {o.permission for o in operations if o.permission}
    assert words <= PERMITTED["owner"]
    # What anybody signed in may do: see and change what is theirs, and what the tenant's fields are. Files come in and go
    # out by the permissions of the resource that the body names; what came of it is for who asked.
    without = {o.path for o in operations if not o.public and not o.permission}
    assert without <= {"/v1/custom_fields", "/v1/custom_fields/search", "/v1/custom_fields/{id}", "/v1/operations", "/v1/operations/{id}",
                       "/v1/operations/{id}/cancel", "/v1/operations/{id}/file", "/v1/operations/{id}/results", "/v1/imports", "/v1/exports", "/v1/session", "/v1/session/step_up", "/v1/me", "/v1/me/counters", "/v1/me/password", "/v1/me/mfa",
                       "/v1/me/mfa/confirm", "/v1/me/mfa/remove", "/v1/test_clock", "/v1/schema/{resource}"}, json.dumps(sorted(without))


def test_an_operation_is_ended_by_who_asked_for_it(people, product, tenant, program):
    """Or by who may end any job: looking alone is not enough."""
    row = program.get("/v1/operations", limit=1).expect(200).json["data"][0]
    for role, client in people.items():
        answer = client.post(f"/v1/operations/{row['id']}/cancel")
        if "job.write" in PERMITTED[role]:
            problem(answer, 409, "wrong_state")  # it has ended
        else:
            problem(answer, 403, "forbidden")
    problem(program.post(f"/v1/operations/{row['id']}/cancel"), 409, "wrong_state")
    narrow = product.client(Authorization="Bearer " + tenant.token("account.read"))
    problem(narrow.post(f"/v1/operations/{row['id']}/cancel"), 409, "wrong_state")  # its own, whatever it may else do
