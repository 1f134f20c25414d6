"""Invitations and forgotten passwords: single-use links, and answers that tell nobody who exists."""
import hashlib
import re
import secrets
import uuid

import pytest
from harness.problem import pointers, problem


def make_link(sql, tenant, user_id, purpose="reset", age="0"):
    """A link as the mail worker makes it; returns its token."""
    secret = secrets.token_urlsafe(32)
    with sql.cursor() as c:
        c.execute("SELECT set_config('app.tenant', %s, false), set_config('app.actor', 'test', false)", (tenant.id,))
        c.execute("SELECT auth.make_link(%s, %s, %s, %s)",
                  (str(uuid.uuid4()), user_id, purpose, hashlib.sha256(secret.encode()).hexdigest()))
        c.execute("UPDATE auth.link SET expires_at = expires_at - %s::interval WHERE token_hash = %s",
                  (age, hashlib.sha256(secret.encode()).hexdigest()))
    return f"{tenant.id}.{secret}"


def jobs(sql, tenant, user_id):
    with sql.cursor() as c:
        c.execute("SELECT payload ->> 'purpose' FROM job.job WHERE tenant_id = %s AND kind = 'send_link' "
                  "AND payload ->> 'user_id' = %s", (tenant.id, user_id))
        return [row[0] for row in c.fetchall()]


def set_password(product, token, password="a fine new password"):
    return product.client().post("/v1/password/set", {"token": token, "password": password})


@pytest.fixture
def user(tenant):
    return tenant.add_user("read_only")


def test_a_reset_asks_for_a_mail_and_says_the_same_to_all(product, tenant, user, sql):
    seen = set()
    for body in ({"tenant": tenant.slug, "email": user["email"]},
                 {"tenant": tenant.slug, "email": f"{secrets.token_hex(4)}@nowhere.example"},
                 {"tenant": "no-such-tenant", "email": user["email"]}):
        answer = product.client().post("/v1/password/reset", body).expect(202)
        seen.add(answer.body)
    assert len(seen) == 1
    assert jobs(sql, tenant, user["id"]) == ["reset"]


def test_a_link_works_once(product, tenant, user, sql):
    token = make_link(sql, tenant, user["id"])
    set_password(product, token).expect(204)
    assert pointers(problem(set_password(product, token), 422)) == {"/token": "invalid"}
    product.client().sign_in(tenant.slug, user["email"], "a fine new password")


def test_it_ends_every_session(product, tenant, user, sql):
    me = product.client().sign_in(tenant.slug, user["email"], user["password"])
    set_password(product, make_link(sql, tenant, user["id"])).expect(204)
    problem(me.get("/v1/me"), 401, "session_stale")


def test_one_that_is_too_old_or_superseded_does_not(product, tenant, user, sql):
    old = make_link(sql, tenant, user["id"], age="61 minutes")
    assert pointers(problem(set_password(product, old), 422)) == {"/token": "invalid"}
    former = make_link(sql, tenant, user["id"])
    newer = make_link(sql, tenant, user["id"])
    problem(set_password(product, former), 422)
    set_password(product, newer).expect(204)


def test_forged_ones_are_told_nothing_more(product, tenant, other, user, sql):
    token = make_link(sql, tenant, user["id"])
    secret = token.split(".")[1]
    seen = set()
    for forged in ("x", f"{other.id}.{secret}", f"{uuid.uuid4()}.{secret}", f"{tenant.id}.{'A' * 43}", f"{tenant.id}.", token + "A"):
        answer = set_password(product, forged)
        problem(answer, 422)
        seen.add(re.sub(rb'"request_id":"[^"]*"', b"", answer.body))
    assert len(seen) == 1
    set_password(product, token).expect(204)


def test_a_weak_password_leaves_the_link_alone(product, tenant, user, sql):
    token = make_link(sql, tenant, user["id"])
    assert "/password" in pointers(problem(set_password(product, token, "short"), 422))
    set_password(product, token).expect(204)


def test_an_invitation_makes_a_user_active(product, tenant, owner, sql, mail):
    roles = {r["key"]: r["id"] for r in owner.get("/v1/roles", limit=50).expect(200).json["data"]}
    email = f"new-{secrets.token_hex(4)}@{tenant.slug}.example"
    made = owner.post("/v1/users", {"email": email, "name": "New", "role_id": roles["sales"]}).expect(201).json
    assert made["state"] == "invited"
    assert jobs(sql, tenant, made["id"]) == ["invite"]
    owner.post(f"/v1/users/{made['id']}/invite").expect(202)
    assert jobs(sql, tenant, made["id"]) == ["invite", "invite"]
    mail.wait(to=email, count=2)  # a link that the mail worker makes later would end the one made here
    reset = make_link(sql, tenant, made["id"], "reset")  # who was never let in has nothing to reset
    problem(set_password(product, reset), 422)
    set_password(product, make_link(sql, tenant, made["id"], "invite")).expect(204)
    product.client().sign_in(tenant.slug, email, "a fine new password")
    problem(owner.post(f"/v1/users/{made['id']}/invite"), 409, "wrong_state")
