"""Who may do what: roles, and that nobody hands on what they do not hold."""
import secrets

import pytest
from harness.problem import pointers, problem


@pytest.fixture
def roles(owner):
    return {r["key"]: r for r in owner.get("/v1/roles", limit=50).expect(200).json["data"]}


def new_role(owner, *permissions):
    return owner.post("/v1/roles", {"key": "r" + secrets.token_hex(4), "name": "A role",
                                    "permissions": list(permissions)}).expect(201)


def test_those_of_the_system_cannot_be_changed(owner, roles):
    role = roles["sales"]
    problem(owner.patch(f"/v1/roles/{role['id']}", {"permissions": ["account.read"]}, role), 409, "wrong_state")
    problem(owner.delete(f"/v1/roles/{role['id']}", role), 409, "wrong_state")


def test_a_tenant_makes_its_own(owner, product, tenant):
    made = new_role(owner, "account.read", "deal.read")
    role = made.json
    assert role["permissions"] == ["account.read", "deal.read"] and role["system"] is False
    user = tenant.add_user("read_only")
    row = owner.get(f"/v1/users/{user['id']}").expect(200)
    owner.patch(f"/v1/users/{user['id']}", {"role_id": role["id"]}, row.etag).expect(200)
    me = product.client().sign_in(tenant.slug, user["email"], user["password"])
    me.get("/v1/accounts").expect(200)
    problem(me.get("/v1/users"), 403, "forbidden")
    changed = owner.patch(f"/v1/roles/{role['id']}", {"permissions": ["deal.read"]}, made.etag).expect(200)
    assert changed.etag != made.etag
    problem(me.get("/v1/accounts"), 401, "session_stale")
    problem(owner.delete(f"/v1/roles/{role['id']}", changed.etag), 409, "in_use")


def test_unknown_words_and_keys_are_named(owner):
    body = problem(owner.post("/v1/roles", {"key": "r" + secrets.token_hex(4), "name": "x",
                                            "permissions": ["account.read", "all"]}), 422)
    assert "/permissions/1" in pointers(body)
    problem(owner.post("/v1/roles", {"key": "No Such Key!", "name": "x", "permissions": []}), 422)


def test_nobody_hands_on_what_they_do_not_hold(owner, product, tenant, roles):
    made = new_role(owner, "user.read", "user.write", "client.write", "account.read").json
    user = tenant.add_user("read_only")
    row = owner.get(f"/v1/users/{user['id']}").expect(200)
    owner.patch(f"/v1/users/{user['id']}", {"role_id": made["id"]}, row.etag).expect(200)
    me = product.client().sign_in(tenant.slug, user["email"], user["password"])
    own = me.get(f"/v1/users/{user['id']}").expect(200)
    # not to themselves, not to others, not by a role or a client of their making
    problem(me.patch(f"/v1/users/{user['id']}", {"role_id": roles["owner"]["id"]}, own.etag), 403, "forbidden")
    problem(me.post("/v1/users", {"email": "e@x.example", "name": "E", "role_id": roles["owner"]["id"]}), 403)
    problem(me.post("/v1/clients", {"name": "c" + secrets.token_hex(4), "role_id": roles["admin"]["id"]}), 403)
    problem(me.post("/v1/roles", {"key": "r" + secrets.token_hex(4), "name": "x", "permissions": ["ledger.write"]}), 403)
    # nor may they touch who may do more
    boss = me.get(f"/v1/users/{tenant.users['owner']['id']}").expect(200)
    problem(me.patch(f"/v1/users/{tenant.users['owner']['id']}", {"state": "disabled"}, boss.etag), 403, "forbidden")
    problem(me.post(f"/v1/users/{tenant.users['owner']['id']}/reset_mfa"), 403, "forbidden")


def test_nobody_widens_a_client_beyond_what_they_hold_or_takes_it_over(owner, product, tenant, roles):
    made = new_role(owner, "user.read", "client.write", "account.read").json
    user = tenant.add_user("read_only")
    row = owner.get(f"/v1/users/{user['id']}").expect(200)
    owner.patch(f"/v1/users/{user['id']}", {"role_id": made["id"]}, row.etag).expect(200)
    me = product.client().sign_in(tenant.slug, user["email"], user["password"])
    narrow = owner.post("/v1/clients", {"name": "c" + secrets.token_hex(4), "role_id": roles["admin"]["id"],
                                        "scopes": ["account.read"]}).expect(201)
    wide = owner.post("/v1/clients", {"name": "c" + secrets.token_hex(4),
                                      "role_id": roles["admin"]["id"]}).expect(201)
    at = f"/v1/clients/{narrow.json['id']}"
    problem(me.patch(at, {"scopes": []}, narrow.etag), 403, "forbidden")
    problem(me.patch(f"/v1/clients/{wide.json['id']}", {"scopes": ["account.read"]}, wide.etag), 403, "forbidden")
    problem(me.post(f"/v1/clients/{wide.json['id']}/rotate_secret"), 403, "forbidden")
    assert owner.get(at).json["scopes"] == ["account.read"]
    me.post(f"{at}/rotate_secret").expect(200)


def test_the_last_owner_stays(new_tenant):
    tenant = new_tenant(roles=("owner",))
    owner = tenant.sign_in("owner")
    row = owner.get(f"/v1/users/{tenant.users['owner']['id']}").expect(200)
    problem(owner.patch(f"/v1/users/{row.json['id']}", {"state": "disabled"}, row.etag), 409, "wrong_state")
    owner.get("/v1/me").expect(200)


def test_an_invited_user_is_not_made_active_by_hand(owner, tenant, roles):
    made = owner.post("/v1/users", {"email": f"i{secrets.token_hex(4)}@x.example", "name": "I",
                                    "role_id": roles["sales"]["id"]}).expect(201)
    problem(owner.patch(f"/v1/users/{made.json['id']}", {"state": "active"}, made.etag), 409, "wrong_state")


def test_an_address_is_taken_once_whatever_the_case(owner, tenant, roles):
    email = tenant.users["sales"]["email"].upper()
    answer = owner.post("/v1/users", {"email": email, "name": "Twin", "role_id": roles["sales"]["id"]})
    problem(answer, 409, "already_exists")


def test_refusals_are_in_the_trail(sales, tenant, sql):
    answer = sales.post("/v1/users", {"email": "x@x.example", "name": "x", "role_id": "x"})
    problem(answer, 403, "forbidden")
    with sql.cursor() as c:
        c.execute("SELECT actor, action, object, address FROM audit.entry WHERE request_id = %s",
                  (answer.headers["X-Request-Id"],))
        assert c.fetchall() == [(f"user:{tenant.users['sales']['id']}", "denied:POST /v1/users", "user", "127.0.0.1")]


@pytest.mark.parametrize("role, method, path, status", [
    ("read_only", "GET", "/v1/entities", 200), ("read_only", "POST", "/v1/entities", 403),
    ("sales", "PATCH", "/v1/settings", 403), ("sales", "POST", "/v1/test_clock/advance", 403),
    ("billing", "POST", "/v1/roles", 403), ("billing", "POST", "/v1/clients", 403)])
def test_a_method_in_a_header_changes_nothing(tenant, role, method, path, status):
    for header in ({}, {"X-HTTP-Method-Override": "GET"}, {"X-Method-Override": "GET"}):
        answer = tenant.as_role(role).request(method, path, {} if method != "GET" else None, header)
        assert answer.status == status, answer
