"""V10: what moves money or rights takes a sign-in of the last quarter of an hour, of people; programs are not asked."""
import hashlib
import json
import subprocess

import pytest

from harness.contract import new_id
from harness.generated import ask, of
from harness.problem import pointers, problem
from test_auth_mfa import Person, totp

from harness.generated import pytest_generate_tests  # noqa: F401

QUARTER_S = 15 * 60


def age(product, client, seconds):
    """The client's session is as if its sign-in had been so long ago."""
    token = client.headers["Cookie"].split("=", 1)[1]
    redis = ["redis-cli", "-s", product.facts["redis"]]
    key = "s:" + hashlib.sha256(token.encode()).hexdigest()
    held = json.loads(subprocess.run([*redis, "HGET", key, "v"], capture_output=True, text=True, check=True).stdout)
    held["at"] -= seconds
    subprocess.run([*redis, "HSET", key, "v", json.dumps(held)], capture_output=True, check=True)


def go_on(client, answer):
    """The client with the cookie and token of an answer that began a session."""
    client.headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
    client.headers["X-CSRF-Token"] = answer.json["csrf_token"]


@pytest.fixture
def old(product, tenant):
    """An owner whose sign-in is more than a quarter of an hour ago."""
    client = tenant.sign_in("owner")
    age(product, client, QUARTER_S + 5)
    return client


def step_up(client, tenant, **more):
    return client.post("/v1/session/step_up", {"password": tenant.users["owner"]["password"], **more})


def dangerous(tenant, program):
    """What an owner may do that takes a fresh sign-in: (method, path, body), each of which works."""
    user = tenant.add_user("read_only")
    client = program.post("/v1/clients", {"name": "c " + new_id(), "role": "read_only"}).expect(201).json
    entity = program.get("/v1/entities").expect(200).json["data"][0]
    account = program.post("/v1/accounts", {"legal_name": "A"}).expect(201).json
    payment = program.post("/v1/payments", {"account_id": account["id"], "amount": 1000, "currency": "EUR",
                                            "kind": "bank", "received_on": "2026-01-05"}).expect(201).json
    return [
        ("POST", f"/v1/payments/{payment['id']}/refunds", {"amount": 400}),
        ("PATCH", f"/v1/entities/{entity['id']}", {"bank_accounts": [{"iban": "AT611904300234573201"}]}),
        ("POST", "/v1/clients", {"name": "d " + new_id(), "role": "read_only"}),
        ("POST", f"/v1/clients/{client['id']}/rotate_secret", {}),
        ("PATCH", f"/v1/users/{user['id']}", {"role": "sales"}),
        ("POST", "/v1/users", {"email": f"{new_id()}@x.example", "name": "N", "role": "sales"}),
        ("POST", f"/v1/users/{user['id']}/reset_mfa", {}),
        ("POST", "/v1/roles", {"key": "k" + new_id().replace("-", "_"), "name": "R", "permissions": ["account.read"]}),
        ("POST", "/v1/processors", {"kind": "stripe", "name": "S " + new_id(), "api_key": "sk_test_" + "x" * 20}),
    ]


def test_after_a_quarter_of_an_hour_people_show_again_who_they_are(old, tenant, program):
    acts = dangerous(tenant, program)
    for method, path, body in acts:
        answer = problem(ask_for(old, program, method, path, body), 401, "step_up_required")
        assert "/v1/session/step_up" in answer["detail"]
    again = step_up(old, tenant).expect(200)
    go_on(old, again)
    for method, path, body in acts:
        ask_for(old, program, method, path, body).expect(200, 201)


def ask_for(client, program, method, path, body):
    if method == "POST":
        return client.post(path, body)
    return client.patch(path, body, program.get(path).expect(200).json)


def test_a_quarter_of_an_hour_is_fresh(product, tenant):
    client = tenant.sign_in("owner")
    age(product, client, QUARTER_S - 5)
    client.post("/v1/roles", {"key": "f" + new_id().replace("-", "_"), "name": "R", "permissions": []}).expect(201)


def test_everything_else_goes_on(old, program):
    account = old.post("/v1/accounts", {"legal_name": "B"}).expect(201).json
    old.patch(f"/v1/accounts/{account['id']}", {"legal_name": "C"}, account).expect(200)
    entity = old.get("/v1/entities").expect(200).json["data"][0]
    old.patch(f"/v1/entities/{entity['id']}", {"email": "office@example.com"}, entity).expect(200)


def test_programs_are_not_asked(tenant, program):
    for method, path, body in dangerous(tenant, program):
        ask_for(program, program, method, path, body).expect(200, 201)
    problem(program.post("/v1/session/step_up", {"password": "x"}), 404)


def test_rights_are_judged_first(product, tenant):
    client = tenant.sign_in("sales")
    age(product, client, QUARTER_S + 5)
    problem(client.post(f"/v1/payments/{new_id()}/refunds", {"amount": 1}), 403, "forbidden")
    problem(client.post("/v1/roles", {"key": "x", "name": "R", "permissions": []}), 403, "forbidden")


def test_the_session_that_was_old_ends(old, tenant):
    former = old.with_headers()
    go_on(old, step_up(old, tenant).expect(200))
    old.get("/v1/me").expect(200)
    problem(former.get("/v1/me"), 401, "unauthenticated")


def test_it_is_a_write_by_cookie(old, tenant):
    problem(old.with_headers(X_CSRF_Token="other").post("/v1/session/step_up", {
        "password": tenant.users["owner"]["password"]}), 403, "csrf_failed")


def test_a_wrong_password_is_none(old, tenant):
    assert set(pointers(problem(old.post("/v1/session/step_up", {"password": "wrong"}), 422))) == {"/password"}
    problem(old.post("/v1/clients", {"name": "w", "role": "read_only"}), 401, "step_up_required")


def test_guesses_are_counted(product, tenant):
    """As those of a sign-in: a stolen session does not find the password out."""
    tenant.users["guessed"] = tenant.add_user("owner")
    client = tenant.sign_in("guessed")
    for _ in range(10):
        problem(client.post("/v1/session/step_up", {"password": "wrong"}), 422)
    problem(client.post("/v1/session/step_up", {"password": tenant.users["guessed"]["password"]}), 429)


def test_who_has_a_second_factor_shows_it_too(product, tenant):
    person = Person(product, tenant).enrol()
    path, given = "/v1/session/step_up", {"password": person.user["password"]}
    assert set(pointers(problem(person.me.post(path, given), 422))) == {"/code"}
    problem(person.me.post(path, {**given, "code": "000000"}), 401, "invalid_credentials")
    code = totp(person.secret)
    go_on(person.me, person.me.post(path, {**given, "code": code}).expect(200))
    problem(person.me.post(path, {**given, "code": code}), 401, "invalid_credentials")  # a code serves once
    go_on(person.me, person.me.post(path, {**given, "code": person.codes[0]}).expect(200))


def test_a_batch_and_a_selection_are_no_way_round(old, tenant, contract, program):
    for operation in contract.operations:
        if operation.id == "POST /v1/users/bulk":
            problem(old.post("/v1/users/bulk", {"action": "reset_mfa", "ids": [new_id()]}), 401, "step_up_required")
        if operation.id == "POST /v1/entities/batch":
            entity = program.get("/v1/entities").expect(200).json["data"][0]
            problem(old.post("/v1/entities/batch", {"items": [{
                "op": "update", "id": entity["id"], "version": entity["version"],
                "data": {"bank_accounts": []}}]}), 401, "step_up_required")


@of(lambda o: o.step_up)
def test_each_operation_that_says_so_asks(operation, product, tenant):
    client = tenant.sign_in("owner")
    age(product, client, QUARTER_S + 5)
    problem(ask(client, operation, operation.at(new_id()), b"[]"), 401, "step_up_required")
